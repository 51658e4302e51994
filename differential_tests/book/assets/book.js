// What is folded is printed unfolded.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll(".box details")) each.open = true;
});

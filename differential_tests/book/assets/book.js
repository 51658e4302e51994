// What is folded is printed unfolded.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll(".box details")) each.open = true;
});

// Long tables: a field that filters the rows, and heads that sort them. Printed is all that there is.
const order = new Intl.Collator("en", { numeric: true }).compare;

function equip(data) {
  const table = data.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const tools = document.createElement("div");
  tools.className = "tools";
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Filter rows";
  field.setAttribute("aria-label", "Filter the rows of this table");
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  tools.append(field, count);
  data.prepend(tools);

  function filter() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  }
  field.addEventListener("input", filter);
  filter();

  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("span");  // a button's text is lost where a printed head is repeated
    button.role = "button";
    button.tabIndex = 0;
    button.title = "Sort by this column";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); button.click(); }
    });
    button.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort ?? "none"];
      for (const each of heads) each.ariaSort = "none";
      head.ariaSort = next;
      const sorted = [...rows];
      const text = (row) => row.cells[column].textContent.trim().replaceAll(",", "");
      if (next !== "none") sorted.sort((a, b) => order(text(a), text(b)));
      if (next === "descending") sorted.reverse();
      table.tBodies[0].append(...sorted);
    });
  });
}
for (const each of document.querySelectorAll(".data")) equip(each);

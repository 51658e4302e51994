// Search where pages are files: browsers start no worker from file:, so its script runs in a frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      this.window = frame.contentWindow;
      this.window.postMessage_ = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const start = `
        window.postMessage = (data) => window.postMessage_(data);
        window.importScripts = (...urls) => urls.reduce((before, url) => before.then(() => new Promise((done) => {
          const script = document.createElement("script");
          script.src = url;
          script.onload = done;
          document.body.appendChild(script);
        })), Promise.resolve());`;
      const inside = this.window.document;
      inside.open();
      inside.write(`<body><script>${start}<\/script><script src="${url}"><\/script></body>`);
      inside.close();
      this.window.addEventListener("load", () => {
        const waiting = this.waiting;
        this.waiting = null;
        waiting.forEach((data) => this.postMessage(data));
      });
    }
    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.window.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {}
  };
}

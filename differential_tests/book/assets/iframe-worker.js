// Search where pages are files: browsers start no worker from file:, so its script runs in a frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      const inside = frame.contentDocument;
      inside.open();
      this.window = frame.contentWindow;
      this.window.answer = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.window.begin = () => {
        const waiting = this.waiting;
        this.waiting = null;
        waiting.forEach((data) => this.postMessage(data));
      };
      const before = `
        window.postMessage = (data) => window.answer(data);
        window.importScripts = (...urls) => urls.reduce((first, url) => first.then(() => new Promise((done) => {
          const script = document.createElement("script");
          script.src = url;
          script.onload = done;
          document.body.appendChild(script);
        })), Promise.resolve());`;
      const scripts = [`>${before}<`, ` src="${url}"><`, ">window.begin()<"].map((each) => `<script${each}/script>`);
      inside.write(`<body>${scripts.join("")}</body>`);
      inside.close();
    }
    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.window.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {}
  };
}

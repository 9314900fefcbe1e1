// What JupyterLite cannot do without, said before it starts; then its own first script, which its page names.
"use strict";

(() => {
  const { next } = document.currentScript.dataset;

  function missing() {
    if (location.protocol === "file:") {
      return "A notebook can be run here only over http. In the project’s folder, “make serve” does that.";
    }
    if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, in which Python runs here.";
    return "";
  }

  const reason = missing();
  if (!reason) {
    void import(new URL(next, location.href).href);
    return;
  }
  const main = document.createElement("main");
  main.style.cssText = "max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1.1rem/1.5 sans-serif";
  const text = document.createElement("p");
  text.textContent = reason;
  const back = document.createElement("a");
  back.href = new URL("../../index.html", location.href).href;
  back.textContent = "To the book";
  main.append(text, back);
  document.body.replaceChildren(main);
  document.title = "A neural network by hand";
})();

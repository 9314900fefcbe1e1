// What an exercise's script works out without a page.
(() => {
  const widgets = (globalThis.nnlibWidgets ??= {});

  const MOST = 4000; // letters of what a program printed

  // A text in which `code` stands between backticks, as [isCode, text] parts.
  function parts(text) {
    return text
      .split("`")
      .map((part, k) => [k % 2 === 1, part])
      .filter(([, part]) => part !== "");
  }

  // "01-forward-pass" of "/book/01-forward-pass.html"
  function pageName(path) {
    return path.split("/").pop().replace(/\.html$/, "") || "index";
  }

  // One sentence: "Not yet: line 3: it raises …".
  function sentence({ passed, message, line }) {
    if (passed) return "Right.";
    const where = line ? `line ${line}: ` : "";
    const end = /[.?!]$/.test(message) ? "" : ".";
    return `Not yet: ${where}${message}${end}`;
  }

  // The end of what was printed, if all of it is too long to show.
  function tail(text) {
    if (text.length <= MOST) return text;
    const rest = text.slice(-MOST);
    const cut = rest.indexOf("\n") + 1;
    return `…\n${rest.slice(cut)}`;
  }

  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

  // What is kept of an answer: its text, if it is not the starter, and whether it was right once. undefined: nothing.
  function record(text, starter, done) {
    const same = text.trimEnd() === starter.trimEnd();
    if (same && !done) return undefined;
    return { ...(done ? { done: true } : {}), ...(same ? {} : { text }) };
  }

  widgets.exercise = { ...widgets.exercise, pure: { parts, pageName, sentence, tail, megabytes, record } };
})();

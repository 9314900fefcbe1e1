// How words are found in a text: what the search page and the pages that it leads to share. On a page whose address
// names words (?mark=…), they are marked, and a bar leads from one to the next.
(() => {
  const book = (globalThis.bookSearch ??= {});

  const CHINESE = /\p{Script=Han}/u;

  // For comparison: small letters, no accents, hyphens as spaces; as many characters as before.
  const fold = (text) =>
    text
      .replace(/[\s_‐‑‒–—-]/gu, " ")
      .replace(/[À-žA-Z]/gu, (letter) => letter.normalize("NFD")[0].toLowerCase());

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");

  // Of a word of five letters or more its ending does not count: batches, batch; training, train.
  const stem = (word) => (/\d/u.test(word) ? word : word.replace(/(?<=.{4})(?:ing|e?d|e?s)$|(?<=.{5})e$/u, ""));

  function wordPattern(word, open) {
    if (CHINESE.test(word)) return escaped(word);
    const rest = open || word.length > 3 ? "[\\p{L}\\p{N}]*" : "s?(?![\\p{L}\\p{N}])";
    return `(?<![\\p{L}\\p{N}])${escaped(word.length > 3 ? stem(word) : word)}${rest}`;
  }

  // Finds any of the phrases in a folded text. open: short words, too, may go on.
  const pattern = (phrases, open = false) =>
    new RegExp(
      phrases.map((phrase) => phrase.split(" ").map((word) => wordPattern(word, open)).join("['’]? +")).join("|"),
      "gu",
    );

  // What a text must have, letter for letter, for a phrase to be in it: a look for this is quick.
  const kernel = (phrase) => {
    const cores = phrase.split(" ").map((word) => (CHINESE.test(word) || word.length < 4 ? word : stem(word)));
    return cores.reduce((long, core) => (core.length > long.length ? core : long));
  };

  // A text as [piece, is it one of the words?] pairs.
  function pieces(text, found) {
    const parts = [];
    let end = 0;
    for (const match of fold(text).matchAll(found)) {
      if (!match[0]) continue;
      if (match.index > end) parts.push([text.slice(end, match.index), false]);
      end = match.index + match[0].length;
      parts.push([text.slice(match.index, end), true]);
    }
    if (end < text.length) parts.push([text.slice(end), false]);
    return parts;
  }

  // [piece, marked?] pairs as nodes.
  const marked = (parts) =>
    parts.map(([text, mark]) => {
      if (!mark) return document.createTextNode(text);
      const element = document.createElement("mark");
      element.append(text);
      return element;
    });

  book.words = { fold, kernel, pattern, pieces, marked };

  const CLOSED = "details:not([open]), .toggle-hidden";
  const LEAVE = "script, style, noscript, button, svg, select, option, .math, mjx-container, [class^=nnlib-], .search-marks";

  function markPage(phrases) {
    const article = document.querySelector("article");
    if (!article) return;
    const found = pattern(phrases.map((phrase) => fold(phrase)));
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
      if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
      return node.matches(LEAVE) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    });
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const parts = pieces(text.data, found);
      if (parts.some(([, mark]) => mark)) text.replaceWith(...marked(parts));
    }
    bar(article, phrases[0]);
  }

  // Opens what hides an element.
  function unfold(inner) {
    for (let box = inner.closest(CLOSED); box; box = box.parentElement.closest(CLOSED)) {
      if (box.matches("details")) box.open = true;
      else box.querySelector("button.toggle-button")?.click();
    }
  }

  // What a fragment names; one that was not encoded right names itself.
  function named(hash) {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return hash.slice(1);
    }
  }

  // A link may lead into a fold: to an equation of a solution, say.
  function show() {
    const target = document.getElementById(named(location.hash));
    if (!target?.parentElement.closest(CLOSED)) return;
    unfold(target.parentElement);
    target.scrollIntoView({ behavior: "instant" });
  }

  function bar(article, word) {
    const marks = [...article.querySelectorAll("mark")];
    const box = document.createElement("div");
    box.className = "search-marks d-print-none";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Marked words");
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    const button = (name, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = name;
      made.addEventListener("click", act);
      return made;
    };
    let at = null;
    // From the last one shown, or, where the reader has gone elsewhere since, from what is on the screen.
    const next = () => {
      const high = (mark) => mark.getBoundingClientRect().top;
      const near = at && Math.abs(high(at) - innerHeight / 2) < innerHeight;
      const i = near ? marks.indexOf(at) + 1 : marks.findIndex((mark) => high(mark) > 0);
      at?.classList.remove("current");
      at = marks[Math.max(i, 0) % marks.length];
      unfold(at);
      at.classList.add("current");
      at.scrollIntoView({ block: "center", behavior: "instant" });
      said.textContent = `${marks.indexOf(at) + 1} of ${marks.length}`;
    };
    const hide = () => {
      for (const mark of marks) mark.replaceWith(...mark.childNodes);
      article.normalize();
      box.remove();
      const address = new URL(location.href);
      address.searchParams.delete("mark");
      history.replaceState(history.state, "", address);
      document.removeEventListener("keydown", escape);
    };
    const escape = (event) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) hide();
    };
    document.addEventListener("keydown", escape);
    said.textContent = marks.length ? `“${word}”: ${marks.length} marked` : `“${word}” is not in the text of this page`;
    box.append(said);
    if (marks.length) box.append(button("Next", next));
    box.append(button("Hide", hide));
    article.append(box);
  }

  if (globalThis.document) {
    addEventListener("hashchange", show);
    addEventListener("load", show); // when folds are made
  }

  const asked = new URLSearchParams(globalThis.location?.search ?? "").getAll("mark").filter(Boolean);
  if (asked.length) markPage(asked); // the script is deferred: the page is there
})();

// The search page: reads the index when something is asked for, and lists the places that answer.
(() => {
  const { pure, words } = globalThis.bookSearch;
  const AT_ONCE = 20;
  const form = document.querySelector(".bd-search-container form");
  const field = form.querySelector("input[type=search]");
  const status = document.getElementById("search-status");
  const list = document.getElementById("search-found");
  const more = document.getElementById("search-more");

  let loading = null;
  // A script, because from file:// nothing else can be read.
  function load() {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = new URL("_static/finding/index.js", document.baseURI).href;
      script.addEventListener("load", () => done(pure.open(globalThis.bookSearch.index)));
      script.addEventListener("error", failed);
      document.head.append(script);
    });
    return loading;
  }

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  function entry(place, pages, phrases) {
    const { title, where } = pure.heading(place, pages);
    const link = element("a", "", title);
    link.href = pure.address(place, pages, phrases);
    const { code, parts } = pure.shown(place, phrases);
    const text = element("p", "search-snippet");
    if (code) text.append(element("code", "", ...words.marked(parts)));
    else text.append(...words.marked(parts));
    const row = element("li", "", element("h2", "", link));
    if (where) row.append(element("p", "search-where", where));
    if (parts.length) row.append(text);
    return row;
  }

  let others = () => [];
  more.addEventListener("click", () => {
    const rest = others();
    more.hidden = true;
    list.append(...rest);
    rest[0].querySelector("a").focus();
  });

  let latest = "";
  async function search() {
    const query = field.value.trim();
    latest = query;
    const address = new URL(location.href);
    if (query) address.searchParams.set("q", query);
    else address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
    if (!query) {
      list.replaceChildren();
      more.hidden = true;
      status.textContent = "";
      return;
    }
    if (!loading) status.textContent = "Reading the index …";
    let index = null;
    try {
      index = await load();
    } catch {
      status.textContent = "The index of the search cannot be read.";
      return;
    }
    if (latest !== query) return;
    const { found, phrases, partial, instead } = pure.find(query, index);
    const rows = (places) => places.map((place) => entry(place, index.pages, phrases));
    list.replaceChildren(...rows(found.slice(0, AT_ONCE)));
    more.hidden = found.length <= AT_ONCE;
    more.textContent = `Show all ${found.length}`;
    others = () => rows(found.slice(AT_ONCE));
    const pages = new Set(found.map((place) => place.page)).size;
    status.textContent = pure.told(found.length, pages, query, partial, instead);
  }

  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 200);
  };
  field.addEventListener("input", (event) => {
    if (!event.isComposing) soon(); // Chinese is typed in parts
  });
  field.addEventListener("compositionend", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    void search();
  });

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.focus();
  void search();
})();

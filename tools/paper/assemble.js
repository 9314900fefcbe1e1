// One document of all the book's pages, made from the built pages as they are served, before any of their scripts has run.
// A page's ids get its name in front, so that each stands once in the whole; links between pages become links inside.
// What answers a question goes to the end, and a link takes its place.
globalThis.paper = (() => {
  const BUTTONS = "a.headerlink, button, .copybtn, .toggle-button, .viewcode-link, .viewcode-back";
  const FOLDED = "details.hide";
  const DARK = ".only-dark, .dark-only";
  const REFERRING = ["for", "aria-labelledby", "aria-describedby", "aria-controls"];

  const slug = (path) => `page-${path.replace(/^book\//, "").replace(/\W+/g, "-")}`;

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // Where a link leads: to an id of the whole, to another site (as it is), or to nowhere on paper (null).
  function follow(href, base, paths) {
    const url = new URL(href, base);
    if (url.origin !== base.origin) return url.protocol.startsWith("http") || url.protocol === "mailto:" ? href : null;
    const path = url.pathname.slice(1).replace(/\.html$/, "");
    if (!paths.includes(path)) return null;
    const id = decodeURIComponent(url.hash.slice(1)).split("?")[0]; // after it, the state of a slider
    return id ? `#${idIn(path, id)}` : `#${slug(path)}`;
  }

  const idIn = (path, id) => `${slug(path)}--${id.replace(/[^\w-]/g, "-")}`;

  function rename(article, path, base, paths) {
    for (const node of article.querySelectorAll("[id]")) {
      if (["exercise-content", "solution-content"].includes(node.id)) node.removeAttribute("id"); // on each of them
      else node.id = idIn(path, node.id);
    }
    for (const name of REFERRING) {
      for (const node of article.querySelectorAll(`[${name}]`)) {
        node.setAttribute(name, node.getAttribute(name).split(/\s+/).map((id) => idIn(path, id)).join(" "));
      }
    }
    for (const node of article.querySelectorAll("svg *")) {
      for (const { name, value } of node.attributes) {
        if (value.includes("url(#")) node.setAttribute(name, value.replace(/url\(#([^)]*)\)/g, (_, id) => `url(#${idIn(path, id)})`));
      }
    }
    for (const node of article.querySelectorAll("a[href], a[*|href]")) {
      const name = node.hasAttribute("href") ? "href" : "xlink:href";
      const target = follow(node.getAttribute(name), base, paths);
      if (target === null) node.replaceWith(...node.childNodes);
      else node.setAttribute(name, target);
    }
    for (const image of article.querySelectorAll("img")) {
      image.removeAttribute("loading");
      image.removeAttribute("decoding");
      if (!image.src.startsWith("data:")) image.setAttribute("src", new URL(image.getAttribute("src"), base).href);
    }
    for (const source of article.querySelectorAll("source[srcset]")) {
      source.srcset = new URL(source.getAttribute("srcset"), base).href;
    }
  }

  // Whoever reads Chinese gets the forms of the characters that they know, and a voice the right language.
  function markChinese(article) {
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      if (/\p{Script=Han}/u.test(walker.currentNode.data) && !walker.currentNode.parentElement.closest("script")) found.push(walker.currentNode);
    }
    for (const text of found) {
      const pieces = text.data.split(/(\p{Script=Han}+)/u);
      text.replaceWith(...pieces.map((piece, k) => (k % 2 ? element("span", { lang: "zh-Hans" }, piece) : piece)));
    }
  }

  // h1 becomes h2, and so on: parts stand above chapters.
  function lower(article) {
    for (const heading of article.querySelectorAll("h1, h2, h3, h4, h5")) {
      const lowered = element(`h${Number(heading.tagName[1]) + 1}`, {}, ...heading.childNodes);
      for (const { name, value } of heading.attributes) lowered.setAttribute(name, value);
      heading.replaceWith(lowered);
    }
  }

  // What an element holds, for a second place.
  const inside = (node) => node.cloneNode(true).childNodes;
  const textOf = (node) => node.textContent.replace(/\s+/g, " ").trim();

  // " (page 12)", once it is known which page that is: pdf.py fills it in.
  const pageOf = (id) => element("span", { class: "paper-page", "data-of": id });

  // Takes the answers and solutions out of a chapter, and returns them, titled; each question links to its answer.
  function takeAnswers(article, path) {
    const answers = [];
    for (const box of article.querySelectorAll(".admonition.dropdown")) {
      const title = box.querySelector(":scope > .admonition-title");
      const name = textOf(title);
      const isSolution = box.classList.contains("solution");
      const isTry = name.startsWith("Try:");
      if (!isSolution && !isTry && name !== "Answer") continue; // a story, an aside
      const id = `${slug(path)}--answer-${answers.length + 1}`;
      const asked = `${id}-asked`;
      const link = element("p", { class: "paper-answer", id: asked });
      link.append(element("a", { href: `#${id}` }, isSolution ? "Solution" : "Answer"), pageOf(id));
      const back = element("p", { class: "paper-title", id });
      if (isSolution) {
        const asks = title.querySelector("a"); // "Solution to" it, by its number and name
        const exercise = article.querySelector(`[id="${asks?.getAttribute("href").slice(1)}"]`);
        if (!exercise) throw new Error(`${path}: "${name}" is to no exercise`);
        back.append(element("a", { href: `#${exercise.id}` }, ...inside(asks)), pageOf(exercise.id));
        exercise.append(link);
        box.remove();
      } else if (isTry) {
        back.append(element("a", { href: `#${asked}` }, ...inside(title)), pageOf(asked));
        title.after(link);
      } else {
        const heading = box.closest("section").querySelector("h1, h2, h3, h4, h5, h6");
        back.append(element("a", { href: `#${asked}` }, ...inside(heading)), pageOf(asked));
        box.replaceWith(link);
      }
      const body = [...box.childNodes].filter((node) => node !== title && node !== link);
      answers.push(element("div", { class: isSolution ? "paper-solution" : "paper-reply" }, back, ...body));
    }
    return answers;
  }

  function contentsOf(chapters) {
    const list = element("ul");
    for (const chapter of chapters) {
      const line = (heading, id) => element("a", { href: `#${id}` }, ...heading.cloneNode(true).childNodes);
      const name = chapter.querySelector("h1, h2");
      const item = element("li", {}, line(name, chapter.id), pageOf(chapter.id));
      const sections = element("ul");
      for (const heading of chapter.querySelectorAll(name.tagName === "H1" ? "section > h2" : "section > h3")) {
        const { id } = heading.closest("section");
        sections.append(element("li", {}, line(heading, id), pageOf(id)));
      }
      if (sections.children.length) item.append(sections);
      list.append(item);
    }
    for (const node of list.querySelectorAll("[id]")) node.removeAttribute("id");
    return list;
  }

  // A formula as it was written, without its number.
  const texOf = (formula) => [...formula.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.data).join("").trim().replace(/^\\[([]|\\[)\]]$/g, "").trim();

  async function fetchPage(path) {
    const url = new URL(`/${path}.html`, location.href);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return { path, url, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  }

  // The chapter of a page, without what is pressed or folded, and its answers. In a part its headings are a level lower.
  function chapterOf({ path, url, page }, paths, inPart) {
    const article = page.querySelector("article");
    for (const node of article.querySelectorAll(`${BUTTONS}, ${FOLDED}, ${DARK}`)) node.remove();
    for (const cell of article.querySelectorAll(".cell")) if (!cell.children.length) cell.remove();
    for (const formula of article.querySelectorAll(".math")) formula.dataset.tex = texOf(formula);
    formulas.put(page);
    rename(article, path, url, paths);
    markChinese(article);
    const answers = takeAnswers(article, path);
    if (inPart) lower(article);
    const chapter = element("section", { class: "paper-chapter", id: slug(path) }, ...article.childNodes);
    return { chapter, answers };
  }

  // The files that the pages load and that paper needs: all styles, and, of the scripts, those of these widgets.
  function heads(pages, widgets) {
    const drawn = new RegExp(`/widgets/(?:[\\w.]+$|(?:${widgets.join("|")})/)`);
    const styles = new Map();
    const scripts = new Map();
    for (const { url, page } of pages) {
      for (const link of page.querySelectorAll("link[rel=stylesheet]")) {
        const href = new URL(link.getAttribute("href"), url).href;
        styles.set(href, element("link", { rel: "stylesheet", href }));
      }
      for (const script of page.querySelectorAll("script:not([type='application/json'])")) {
        const src = script.hasAttribute("src") ? new URL(script.getAttribute("src"), url).href : "";
        if (drawn.test(src.split("?")[0])) scripts.set(src, element("script", { src, defer: "" }));
      }
    }
    return [...styles.values(), ...scripts.values()];
  }

  // HTML of the whole: `parts` are { caption, pages }, in their order; `front` is { title, author, note }.
  async function assemble({ parts, front, widgets, styles }) {
    const paths = parts.flatMap(({ pages }) => pages);
    const pages = await Promise.all(paths.map(fetchPage));
    const book = document.implementation.createHTMLDocument(front.title);
    const body = element("main", { class: "bd-article" });
    const cover = element("section", { class: "paper-cover", id: "cover" });
    cover.append(element("p", { class: "paper-book" }, front.title), element("p", { class: "paper-author" }, front.author));
    cover.append(element("p", {}, front.note));
    const contents = element("section", { class: "paper-contents", id: "contents" }, element("h1", {}, "Contents"));
    body.append(cover, contents);
    const solved = [];
    const add = (id, caption, chapters) => {
      const part = element("section", { class: "paper-part", id });
      if (caption) {
        part.append(element("h1", {}, caption));
        contents.append(element("p", { class: "paper-part-line" }, element("a", { href: `#${id}` }, caption), pageOf(id)));
      }
      part.append(...chapters);
      body.append(part);
      contents.append(contentsOf(chapters));
    };
    parts.forEach(({ caption, pages: names }, k) => {
      const chapters = names.map((path) => {
        const { chapter, answers } = chapterOf(pages.find((page) => page.path === path), paths, Boolean(caption));
        if (answers.length) {
          const heading = element("h2", {}, ...chapter.querySelector("h2").cloneNode(true).childNodes);
          solved.push(element("section", { class: "paper-chapter paper-answers", id: `answers-${chapter.id}` }, heading, ...answers));
        }
        return chapter;
      });
      add(`part-${k}`, caption, chapters);
    });
    if (solved.length) add("answers", "Answers and solutions", solved);
    const ids = new Set([...body.querySelectorAll("[id]")].map((node) => node.id));
    for (const link of body.querySelectorAll('a[href^="#"], a[*|href^="#"]')) {
      const id = (link.getAttribute("href") ?? link.getAttribute("xlink:href")).slice(1);
      if (!ids.has(id)) link.replaceWith(...link.childNodes); // it led to what is folded
    }
    book.documentElement.lang = "en";
    book.documentElement.dataset.theme = "light";
    book.documentElement.dataset.mode = "light";
    book.head.prepend(element("meta", { charset: "utf-8" }));
    book.head.append(...heads(pages, widgets), ...styles.map((href) => element("link", { rel: "stylesheet", href })));
    // What the theme's rules for print and for an article expect around it.
    const content = element("div", { class: "bd-content" }, element("div", { class: "bd-article-container" }, body));
    book.body.append(element("div", { class: "bd-main" }, content));
    return `<!doctype html>${book.documentElement.outerHTML}`;
  }

  // ------------------------------------------------------------------------------------------------------------- the EPUB

  // A formula's MathML in the place of what is drawn.
  function toMathml(main) {
    for (const formula of main.querySelectorAll(".math")) {
      if (formula.querySelectorAll("mjx-container").length !== 1) throw new Error(`not one formula: ${formula.dataset.tex}`);
    }
    for (const drawn of main.querySelectorAll("mjx-container")) {
      const math = drawn.querySelector("mjx-assistive-mml > math");
      for (const node of [math, ...math.querySelectorAll("*")]) {
        for (const name of node.getAttributeNames()) if (name.startsWith("data-")) node.removeAttribute(name);
      }
      math.setAttribute("alttext", drawn.closest(".math").dataset.tex);
      drawn.replaceWith(math);
    }
  }

  // Shows one chapter, or (null) all of them.
  function showOnly(chapter) {
    for (const other of document.querySelectorAll(".paper-cover, .paper-contents, .paper-chapter, main h1")) {
      other.hidden = chapter !== null && !other.contains(chapter);
    }
  }

  // In the place of an explorer, its picture, and below it the values that it was drawn for.
  function toPicture(root, address) {
    const image = element("img", { src: address, alt: root.querySelector("canvas").getAttribute("aria-label") });
    root.replaceChildren(image, element("p", { class: "paper-values" }, root.querySelector("output").textContent));
  }

  // What an EPUB's schema does not know, or has no use for.
  function strip(main) {
    for (const node of main.querySelectorAll(".paper-page, script")) node.remove();
    for (const node of main.querySelectorAll("*")) {
      for (const name of node.getAttributeNames()) {
        const kept = node.namespaceURI !== "http://www.w3.org/1999/xhtml" && !name.startsWith("data-");
        if (!kept && /^(?:data-|aria-|style$|role$|tabindex$|decoding$|loading$|for$|translate$)/.test(name)) node.removeAttribute(name);
      }
    }
  }

  // The chapters as files of XHTML: [{ name, title, part, sections, images, mathml, svg, xhtml }]. `images` are the addresses of
  // its pictures, of which the file names the k-th "image:k".
  function split() {
    const main = document.querySelector("main");
    showOnly(null);
    toMathml(main);
    strip(main);
    main.querySelector(".paper-contents").remove();
    const files = [...main.querySelectorAll(".paper-cover, .paper-chapter")];
    const home = new Map();
    for (const file of files) for (const node of [file, ...file.querySelectorAll("[id]")]) home.set(node.id, file);
    return files.map((file) => {
      for (const link of file.querySelectorAll('a[href^="#"], a[*|href^="#"]')) {
        const name = link.hasAttribute("href") ? "href" : "xlink:href";
        const id = link.getAttribute(name).slice(1);
        const target = home.get(id);
        if (!target) throw new Error(`no place for #${id}`);
        link.setAttribute(name, target.id === id ? `${id}.xhtml` : target === file ? `#${id}` : `${target.id}.xhtml#${id}`);
      }
      const lowered = file.querySelector("h1") ? [] : file.querySelectorAll("h2, h3, h4, h5, h6");
      for (const heading of lowered) {
        const raised = element(`h${Number(heading.tagName[1]) - 1}`, {}, ...heading.childNodes);
        for (const { name, value } of heading.attributes) raised.setAttribute(name, value);
        heading.replaceWith(raised);
      }
      const title = textOf(file.querySelector("h1, .paper-book"));
      const images = [...file.querySelectorAll("img")].map((image, k) => {
        const { src } = image;
        image.setAttribute("src", `image:${k}`);
        return src;
      });
      const page = document.implementation.createDocument("http://www.w3.org/1999/xhtml", "html");
      page.documentElement.setAttribute("lang", "en");
      page.documentElement.setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:lang", "en");
      const head = page.createElementNS("http://www.w3.org/1999/xhtml", "head");
      const body = page.createElementNS("http://www.w3.org/1999/xhtml", "body");
      const name = page.createElementNS("http://www.w3.org/1999/xhtml", "title");
      name.textContent = title;
      const style = page.createElementNS("http://www.w3.org/1999/xhtml", "link");
      style.setAttribute("rel", "stylesheet");
      style.setAttribute("href", "book.css");
      head.append(name, style);
      body.append(page.importNode(file, true));
      page.documentElement.append(head, body);
      return {
        name: file.id,
        title,
        part: textOf(file.parentElement.querySelector(":scope > h1") ?? document.createElement("h1")),
        sections: [...file.querySelectorAll("section > h2")].map((h) => [h.closest("section").id, textOf(h)]).filter(([id]) => id),
        images,
        mathml: Boolean(file.querySelector("math")),
        svg: Boolean(file.querySelector("svg")),
        xhtml: new XMLSerializer().serializeToString(page),
      };
    });
  }

  // When all is there: fonts, pictures.
  async function settle() {
    await document.fonts.ready;
    await Promise.all([...document.images].map((image) => image.decode().catch(() => { throw new Error(`no picture: ${image.src.slice(0, 200)}`); })));
  }

  return { assemble, settle, split, showOnly, toPicture };
})();

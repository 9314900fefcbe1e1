// What the search page works out without a page: what was asked for, where it is, in which order, what to show of it.
(() => {
  const book = (globalThis.bookSearch ??= {});
  const { fold, kernel, pattern, pieces } = book.words;

  const FIELDS = ["kind", "page", "id", "title", "number", "section", "names", "text", "code", "introduced"];
  const SMALL = new Set(
    "a an and are as at be by can do does for from has have how i in is it its my not of on or the this to was we what when where which why with you".split(" "),
  );
  // A chapter explains, the errata tell of slips, the bibliography only names.
  const PAGES = [[/\/errata\/index/u, 0.2], [/\/errata\//u, 0.5], [/bibliography|sources/u, 0.4], [/\/\d\d-|intro/u, 1]];
  const KINDS = { term: 1.2, section: 1, slider: 0.9, exercise: 0.8, object: 1, citation: 0.8, equation: 0 };
  const SPAN = 220; // characters of a snippet

  // The index as it is stored → as it is searched.
  function open({ names, pages, places }) {
    return {
      groups: names.map((group) => group.map((name) => fold(name))),
      pages: pages.map(([file, title]) => ({ file, title })),
      places: places.map((row) => {
        const place = Object.fromEntries(FIELDS.map((field, i) => [field, row[i]]));
        const weight = (PAGES.find(([path]) => path.test(pages[place.page][0])) ?? [null, 0.8])[1] * KINDS[place.kind];
        const folded = {
          title: fold([place.title, ...place.names].join(" | ")),
          names: [place.title, ...place.names].map((name) => fold(name)),
          text: fold(place.text),
          code: fold(place.code),
        };
        return { ...place, folded, weight };
      }),
    };
  }

  // What is asked for, each thing as all the phrases that name it: the longest known names first, then word by word.
  function things(query, groups) {
    let rest = fold(query).replace(/[^\p{L}\p{N}]+/gu, " ").trim().replace(/^(?:nnlib|np) (?=\S)/u, "");
    const known = groups.flatMap((group) => group.map((phrase) => ({ phrase, group })));
    known.sort((a, b) => b.phrase.length - a.phrase.length);
    const found = [];
    for (const { phrase, group } of known) {
      const match = pattern([phrase]).exec(rest);
      if (!match) continue;
      const others = found.findIndex((thing) => thing.group === group);
      if (others < 0) found.push({ group, at: match.index, phrases: [phrase, ...group.filter((other) => other !== phrase)] });
      // Not with spaces, so that what stood before does not meet what stood behind.
      rest = rest.slice(0, match.index) + "|".repeat(match[0].length) + rest.slice(match.index + match[0].length);
    }
    const words = [...rest.matchAll(/[^\s|]+/gu)].map((match) => ({ at: match.index, phrases: [match[0]] }));
    const all = [...found, ...words.filter(({ phrases: [word] }) => !SMALL.has(word))];
    return (all.length ? all : words).toSorted((a, b) => a.at - b.at).map(({ phrases }) => phrases);
  }

  // How often any of the phrases is in a text.
  function counter(phrases, isOpen = false) {
    const found = pattern(phrases, isOpen);
    const kernels = phrases.map((phrase) => kernel(phrase));
    return (text) => (kernels.some((core) => text.includes(core)) ? (text.match(found) ?? []).length : 0);
  }

  // How well a place answers one thing: its name says it, its title has it, its text has it often.
  function worth(place, phrases, count) {
    const { title, names, text, code } = place.folded;
    const named = names.some((name) => phrases.includes(name)) ? 25 : 0;
    const titled = count(title) ? 8 : 0;
    const times = count(text);
    const written = times ? 1 + Math.min(3, Math.log2(times)) : 0;
    return named + titled + written + (count(code) ? 0.7 : 0);
  }

  // 3.4 is a section, an equation, an exercise; (3.4) the equation.
  function byNumber(query, places) {
    const form = /^\s*(eq|equation|section|exercise)?\.?\s*(\()?(\d+\.\d+)\)?\s*$/iu;
    const [, kind, bracket, wanted] = form.exec(query) ?? [];
    if (!wanted) return [];
    const found = places.filter((place) => place.number === wanted);
    const only = (kind ?? (bracket ? "equation" : "")).toLowerCase().replace(/^eq$/u, "equation");
    return only ? found.filter((place) => place.kind === only) : found;
  }

  // Places that answer a query, best first, and the words to mark in them.
  function find(query, { places, groups }) {
    const numbered = byNumber(query, places);
    if (numbered.length) return { found: numbered, phrases: [], partial: false };
    const asked = things(query, groups);
    if (!asked.length) return { found: [], phrases: [], partial: false };
    const scores = asked.map((phrases) => {
      for (const isOpen of [false, true]) {
        const count = counter(phrases, isOpen);
        const values = places.map((place) => worth(place, phrases, count));
        const hits = values.filter(Boolean).length;
        // What is rare tells more.
        if (hits) return values.map((value) => value * Math.log(1 + places.length / hits));
      }
      return places.map(() => 0);
    });
    const together = counter([asked.map(([phrase]) => phrase).join(" ")]);
    const rows = places.map((place, i) => {
      const parts = scores.map((values) => values[i]);
      const has = parts.filter(Boolean).length;
      const near = asked.length > 1 && has && together(place.folded.text) ? 1.5 : 1;
      const sum = parts.reduce((a, b) => a + b, 0);
      return { i, has, score: sum * near * place.weight * (has / asked.length) ** 2 };
    });
    const most = Math.max(...rows.map(({ has }) => has));
    const kept = rows.filter(({ has, score }) => score > 0 && has === most);
    kept.sort((a, b) => b.score - a.score || a.i - b.i);
    let order = kept.map(({ i }) => i);
    // Who names a term gets its entry, and the section that introduces it.
    const isTerm = (place) =>
      place.kind === "term" && asked.length === 1 && place.folded.names.some((name) => asked[0].includes(name));
    const first = order.filter((i) => isTerm(places[i])).toSorted((a, b) => exact(places[b]) - exact(places[a]) || a - b);
    function exact(place) {
      return Number(place.folded.names.includes(asked[0][0]));
    }
    const leads = first.flatMap((i) => [i, places[i].introduced]).filter((i) => i >= 0);
    order = [...new Set([...leads, ...order])];
    return { found: order.map((i) => places[i]), phrases: asked.flat(), partial: most < asked.length };
  }

  // About SPAN characters of a text where it has the words most often, as [piece, marked?] pairs.
  function snippet(text, phrases) {
    const found = phrases.length ? pattern(phrases) : /$^/gu;
    const at = [...fold(text).matchAll(found)].map((match) => match.index);
    const inside = (start) => at.filter((place) => place >= start && place < start + SPAN - 60).length;
    const best = at.reduce((a, b) => (inside(b) > inside(a) ? b : a), at[0] ?? 0);
    const edge = text.lastIndexOf(" ", Math.max(0, best - 50));
    const start = best < 60 ? 0 : edge + 1;
    const stop = text.length <= start + SPAN ? text.length : text.lastIndexOf(" ", start + SPAN);
    const end = stop > start ? stop : Math.min(text.length, start + SPAN);
    const parts = pieces(text.slice(start, end), found);
    if (start > 0) parts.unshift(["… ", false]);
    if (end < text.length) parts.push([" …", false]);
    return parts;
  }

  // What to show of a place: its text, or else the line of code that has the words.
  function shown(place, phrases) {
    const has = (text) => phrases.length > 0 && pattern(phrases).test(fold(text));
    const line = place.code.split("\n").find((text) => has(text));
    if (line && !has(place.text)) return { code: true, parts: snippet(line.trim(), phrases) };
    return { code: false, parts: snippet(place.text, phrases) };
  }

  // Where a place is; the page marks the words that it is told.
  function address(place, pages, phrases) {
    const marks = new URLSearchParams(phrases.map((phrase) => ["mark", phrase])).toString();
    return `${pages[place.page].file}${marks && `?${marks}`}#${place.id}`;
  }

  const SAID = { term: "Glossary", exercise: "Exercise", slider: "Slider", object: "nnlib", citation: "Reference", equation: "Equation" };

  // What heads a place, and the line below that says where it is.
  function heading(place, pages) {
    const { title } = pages[place.page];
    if (place.kind === "term") return { title: place.names.join(" · "), where: "Glossary" };
    if (place.kind === "object") return { title: `nnlib: ${place.title}`, where: title };
    if (place.kind === "equation") return { title: `Equation (${place.number})`, where: `${title} › ${place.section}` };
    if (place.kind === "section" && title.endsWith(place.title)) return { title, where: "" }; // the page itself
    const number = place.number && `${place.number} `;
    if (place.kind === "section") return { title: number + place.title, where: title };
    const kind = place.kind === "slider" && place.names[0] !== "slider" ? place.names[0] : SAID[place.kind];
    const name = `${kind[0].toUpperCase()}${kind.slice(1)}`;
    return {
      title: `${name}${place.kind === "exercise" ? ` ${number.trim()}` : ""}: ${place.title}`,
      where: place.section && place.section !== place.title ? `${title} › ${place.section}` : title,
    };
  }

  function told(number, pages, query, partial) {
    if (!number) return `Nothing found for “${query}”.`;
    const places = `${number} ${number === 1 ? "place" : "places"} on ${pages} ${pages === 1 ? "page" : "pages"}`;
    return partial ? `No place has all of “${query}”. ${places} have some of it.` : `${places} for “${query}”.`;
  }

  book.pure = { open, things, find, snippet, shown, address, heading, told };
})();

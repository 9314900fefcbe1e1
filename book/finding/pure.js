// What the search page works out without a page: what was asked for, where it is, in which order, what to show of it.
(() => {
  const book = (globalThis.bookSearch ??= {});
  const { fold, kernel, pattern, pieces } = book.words;

  const FIELDS = ["kind", "page", "id", "title", "number", "section", "names", "text", "code", "introduced"];
  const SMALL = new Set(
    "a an and are as at be by can do does for from has have how i in is it its my not of on or the this to was we what when where which why with you 的 法 算法 演算法 方法 函数".split(
      " ",
    ),
  );
  // A chapter explains, the errata tell of slips, the bibliography only names.
  const PAGES = [[/\/errata\/index/u, 0.2], [/\/errata\//u, 0.5], [/bibliography|sources/u, 0.4], [/\/\d\d-|intro/u, 1]];
  const KINDS = { term: 1.2, section: 1, slider: 0.9, exercise: 0.8, object: 1, citation: 0.8, equation: 0 };
  const SPAN = 220; // characters of a snippet
  const SPELT = /^[a-z]{5,}$/u; // shorter words have too many neighbours

  // Chinese is typed in either script; the book writes the simplified one. These are the letters of its terms.
  const SIMPLIFIED = new Map(
    `
    佈布 傳传 價价 優优 內内 冪幂 減减 準准 淨净 則则 動动 參参 單单 嚮向 圖图 學学 寫写 寬宽 對对 導导 層层 帶带 幾几 廣广 強强
    復复 複复 徵征 態态 應应 懲惩 掃扫 換换 損损 摺折 據据 擬拟 數数 斂敛 斷断 時时 術术 條条 極极 標标 樣样 機机 檢检 臺台 權权 歸归
    殘残 決决 洩泄 測测 熱热 爾尔 獨独 瑪玛 異异 疊叠 發发 確确 碼码 種种 稱称 積积 穩稳 簽签 籤签 納纳 統统 綁绑 經经 線线 緣缘 編编
    練练 網网 絡络 罰罚 習习 葉叶 規规 範范 計计 訓训 證证 評评 試试 誤误 貝贝 軟软 輪轮 輯辑 輸输 轉转 迴回 連连 運运 過过 達达 適适
    邊边 邏逻 鏈链 長长 開开 間间 閾阈 陣阵 隨随 隱隐 雙双 雜杂 頂顶 項项 類类 飽饱 饋馈 馬马 驗验 麥麦 點点
    `
      .trim()
      .split(/\s+/u)
      .map(([typed, written]) => [typed, written]),
  );

  // A name as it is looked for: a query has no apostrophes left.
  const nameOf = (text) => fold(text).replace(/['’]/gu, "");

  // The index as it is stored → as it is searched.
  function open({ names, pages, places }) {
    const [kind, named, taught] = ["kind", "names", "introduced"].map((field) => FIELDS.indexOf(field));
    const terms = places.filter((row) => row[kind] === "term" && row[taught] >= 0);
    return {
      groups: names.map((group) => group.map((name) => nameOf(name))),
      introduced: new Map(terms.flatMap((row) => row[named].map((name) => [nameOf(name), row[taught]]))),
      pages: pages.map(([file, title]) => ({ file, title })),
      places: places.map((row) => {
        const place = Object.fromEntries(FIELDS.map((field, i) => [field, row[i]]));
        const weight = (PAGES.find(([path]) => path.test(pages[place.page][0])) ?? [null, 0.8])[1] * KINDS[place.kind];
        // What a slider sets is in its text; it is not called so.
        const called = [place.title, ...place.names.slice(0, place.kind === "slider" ? 1 : Infinity)];
        const folded = {
          title: fold(called.join(" | ")),
          names: called.map((name) => nameOf(name)),
          text: fold(place.text),
          code: fold(place.code),
        };
        return { ...place, folded, weight };
      }),
    };
  }

  // What is asked for, each thing as all the phrases that name it: the longest known names first, then word by word.
  function things(query, groups) {
    const simplified = fold(query).replace(/\p{Script=Han}/gu, (letter) => SIMPLIFIED.get(letter) ?? letter);
    let rest = simplified.replace(/[^\p{L}\p{N}]+/gu, " ").trim().replace(/^(?:nnlib|np) (?=\S)/u, "");
    const known = groups.flatMap((group) => group.map((phrase) => ({ phrase, group })));
    known.sort((a, b) => b.phrase.length - a.phrase.length);
    const found = [];
    for (const { phrase, group } of known) {
      const match = rest.includes(kernel(phrase)) && pattern([phrase]).exec(rest);
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

  // How well a place answers one thing: its name says it, it introduces it, its title has it, its text has it often.
  function worth(place, phrases, count, introduces) {
    const { title, names, text, code } = place.folded;
    const named = names.some((name) => phrases.includes(name)) ? 25 : 0;
    const taught = introduces ? 20 : 0;
    const titled = count(title) ? 8 : 0;
    const times = count(text);
    const written = times ? 1 + Math.min(3, Math.log2(times)) : 0;
    return named + taught + titled + written + (count(code) ? 0.7 : 0);
  }

  // Whether one letter more, one less, another one, or two that changed places make one word of the other.
  function isNear(a, b) {
    const shorter = Math.min(a.length, b.length);
    let start = 0;
    while (start < shorter && a[start] === b[start]) start += 1;
    let end = 0;
    while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
    const [x, y] = [a, b].map((word) => word.slice(start, word.length - end));
    return Math.max(x.length, y.length) < 2 || (x.length === 2 && x === y[1] + y[0]);
  }

  // How often the book, or a name of something in it, has each word.
  function vocabulary({ places, groups }) {
    const times = new Map();
    const texts = [...groups.flat(), ...places.flatMap(({ folded: { title, text } }) => [title, text])];
    for (const text of texts) {
      for (const [word] of text.matchAll(/[a-z]{4,}/gu)) times.set(word, (times.get(word) ?? 0) + 1);
    }
    return times;
  }

  // A query with each lost word as the book's most frequent one that is near it. The first letter is seldom mistyped.
  function respelt(query, lost, index) {
    index.vocabulary ??= vocabulary(index);
    const nearest = (word) => {
      const near = [...index.vocabulary].filter(([other]) => other[0] === word[0] && isNear(word, other));
      return near.reduce((best, other) => (other[1] > best[1] ? other : best), [word, 0])[0];
    };
    return fold(query).replace(/[a-z]+/gu, (word) => (lost.includes(word) ? nearest(word) : word));
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

  // Places that answer a query, best first, and the words to mark in them. Where a word stands nowhere, `instead` is
  // what was looked for: the query with a word that does.
  function find(query, index) {
    const answer = answered(query, index);
    if (!answer.lost.length) return answer;
    const instead = respelt(query, answer.lost, index);
    return instead === fold(query) ? answer : { ...answered(instead, index), instead };
  }

  function answered(query, { places, groups, introduced, pages }) {
    const nothing = { found: [], phrases: [], partial: false, lost: [], instead: "" };
    const numbered = byNumber(query, places);
    if (numbered.length) return { ...nothing, found: numbered };
    const asked = things(query, groups);
    if (!asked.length) return nothing;
    const titles = pages.map(({ title }) => fold(title));
    const scores = asked.map((phrases) => {
      const where = phrases.map((phrase) => introduced.get(phrase)).find((place) => place !== undefined);
      for (const isOpen of [false, true]) {
        const count = counter(phrases, isOpen);
        const values = places.map((place, i) => place.weight && worth(place, phrases, count, i === where));
        const hits = values.filter(Boolean).length;
        if (!hits) continue;
        // Beside another thing, the page's title may say one.
        const said = titles.map((title) => (asked.length > 1 && count(title) ? 0.5 : 0));
        // What is rare tells more.
        return values.map((value, i) => (value || said[places[i].page]) * Math.log(1 + places.length / hits));
      }
      return places.map(() => 0);
    });
    const lost = asked.filter((phrases, i) => phrases.length === 1 && !scores[i].some(Boolean)).map(([word]) => word);
    const together = counter([asked.map(([phrase]) => phrase).join(" ")]);
    const rows = places.map((place, i) => {
      const parts = scores.map((values) => values[i]);
      const has = parts.filter(Boolean).length;
      let near = 1;
      if (asked.length > 1 && has) {
        if (together(place.folded.title)) near = 2;
        else if (together(place.folded.text)) near = 1.5;
      }
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
    return {
      ...nothing,
      found: order.map((i) => places[i]),
      phrases: asked.flat(),
      partial: most < asked.length,
      lost: lost.filter((word) => SPELT.test(word)),
    };
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
    if (place.kind === "equation") {
      return { title: `Equation (${place.number})`, where: [title, place.section, place.title].filter(Boolean).join(" › ") };
    }
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

  function told(number, pages, query, partial, instead = "") {
    if (!number) return `Nothing found for “${query}”.`;
    if (instead) return `No place has “${query}”. ${told(number, pages, instead, partial)}`;
    const places = `${number} ${number === 1 ? "place" : "places"} on ${pages} ${pages === 1 ? "page" : "pages"}`;
    return partial ? `No place has all of “${query}”. ${places} have some of it.` : `${places} for “${query}”.`;
  }

  book.pure = { SIMPLIFIED, open, things, isNear, find, snippet, shown, address, heading, told };
})();

// What the tests look for in a page of the book, as functions of the page itself. Each gives a list of what is wrong.
globalThis.look = (() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const start = (element) => element.outerHTML.slice(0, 120);

    /** Wait for formulas, for the fonts, for what fades or slides, and for two frames. */
    async function settle() {
        await globalThis.formulas?.there;
        await document.fonts.ready;
        await frame();
        for (const animation of document.getAnimations()) {
            if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
        }
        await frame();
    }

    async function toTop() {
        scrollTo({ top: 0, behavior: "instant" });
        await frame();
    }

    const unsetMaths = () =>
        all(".math")
            .filter((e) => !e.querySelector("mjx-container mjx-assistive-mml") || e.querySelector("mjx-merror, [data-mjx-error]"))
            .map((e) => `maths not set: ${e.textContent}`);

    /** TeX in text that a reader sees, outside code. */
    function looseMaths() {
        const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
            const node = walker.currentNode;
            if (node.parentElement.closest("pre, code, script, style, mjx-container, .nnlib-explorer")) continue;
            if (/\\\(|\\\[|\$\$|\\frac|\\mathbf|\$[^$\n]+\$/.test(node.data)) found.push(`TeX in the text: ${node.data.trim()}`);
        }
        return found;
    }

    async function badImages() {
        const images = all("article img");
        for (const image of images) image.loading = "eager";
        await Promise.allSettled(images.map((image) => image.decode()));
        const broken = images.filter((i) => !(i.complete && i.naturalWidth > 0));
        const mute = images.filter((i) => i.alt.length < 30 && i.role !== "presentation");
        return [
            ...broken.map((i) => `no picture: ${i.src}`),
            ...mute.map((i) => `no alternative text: ${i.src} (${i.alt})`),
        ];
    }

    /** Code and what it printed, not folded, that does not fit its box. */
    function cutCode() {
        const cut = (e) => [e, e.parentElement].some((box) => box.scrollWidth > box.clientWidth + 1);
        const longest = (e) => e.textContent.split("\n").toSorted((a, b) => b.length - a.length)[0];
        return all("article pre").filter((e) => e.checkVisibility() && cut(e)).map((e) => `cut code: ${longest(e)}`);
    }

    const whole = async () => [
        ...(all("article h1").length === 1 ? [] : ["not one title"]),
        ...unsetMaths(),
        ...looseMaths(),
        ...cutCode(),
        ...(await badImages()),
    ];

    /** What makes the page scroll sideways. */
    function tooWide() {
        const limit = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= limit) return [];
        const wide = all("body *").filter((e) => e.getBoundingClientRect().right > limit + 1);
        return [`scrolls sideways: ${wide.slice(0, 8).map(start).join(" ")}`];
    }

    /**
     * The formulas that something cuts off: a box around them that shows nothing of what stands out of it, unless it
     * scrolls sideways. Ink may stand out of a formula's own box, by less than 2 px.
     */
    function cutOff() {
        const known = new Map();
        const clip = (e) => {
            if (!known.has(e)) {
                const { overflowX, overflowY } = getComputedStyle(e);
                const r = e.getBoundingClientRect();
                known.set(e, overflowX === "visible" && overflowY === "visible" ? null : [overflowX, r, e]);
            }
            return known.get(e);
        };
        const found = [];
        for (const formula of all("article mjx-container")) {
            const ink = formula.querySelector("mjx-math");
            if (!ink?.checkVisibility({ visibilityProperty: true })) continue;
            const { left, right, top, bottom } = ink.getBoundingClientRect();
            let scrolls = false;
            for (let e = formula; e.tagName !== "ARTICLE"; e = e.parentElement) {
                const [overflow, box] = clip(e) ?? [];
                if (!box) continue;
                const high = top - 2 < box.top || bottom + 2 > box.bottom;
                const wide = left < box.left - 1 || right > box.right + 1;
                if (high || (wide && !scrolls && overflow !== "auto")) found.push(`cut off by ${start(e)}: ${ink.textContent}`);
                scrolls ||= overflow === "auto";
            }
        }
        return found;
    }

    /** Put each figure that moves into a state that its reader made: far from where it began, a curve put out. */
    async function use() {
        for (const slider of all("[class^=nnlib-] input[type=range]")) {
            slider.value = slider.max;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }
        for (const group of all("[class^=nnlib-] fieldset")) [...group.querySelectorAll("input[type=radio]")].at(-1)?.click();
        for (const legend of all(".nx-legend:has(button + button)")) legend.querySelector("button").click();
        for (const button of all(".nnlib-stepper .previous")) for (let i = 0; i < 5; i++) button.click();
        await settle();
    }

    /** Switch to "light" or "dark" by the page's own button. */
    async function theme(wanted) {
        const root = document.documentElement;
        const button = document.querySelector("button.theme-switch-button");
        for (let clicks = 0; root.dataset.theme !== wanted || root.dataset.mode !== wanted; clicks++) {
            if (clicks === 3) throw new Error(`the button does not lead to the ${wanted} theme`);
            button.click();
        }
        await settle();
    }

    /** What of the page is there, for eyes and screen readers, and where it is: two numbers, in which no color counts. */
    function stands() {
        const sums = [0, 0];
        const add = (k, text) => { for (let i = 0; i < text.length; i++) sums[k] = (Math.imul(sums[k], 31) + text.charCodeAt(i)) | 0; };
        const told = ({ name }) => name === "role" || name === "alt" || name === "tabindex" || name.startsWith("aria-");
        // The theme's button has one icon for each theme, of one size; a formula that became small scrolls no longer.
        for (const e of all("body :not(i.theme-switch, mjx-container, .math)")) {
            add(0, `${e.tagName} ${e.checkVisibility({ visibilityProperty: true, opacityProperty: true })}`);
            for (const attribute of e.attributes) if (told(attribute)) add(0, attribute.name + attribute.value);
            for (const r of e.getClientRects()) add(1, `${Math.round(r.x)} ${Math.round(r.y + scrollY)} ${Math.round(r.width)} ${Math.round(r.height)}`);
        }
        return sums;
    }

    /** Open every fold (hidden code, answers, solutions), or close them all. */
    async function unfold(open = true) {
        for (const fold of all("details")) fold.open = open;
        for (const button of all(".toggle-button")) {
            if (button.parentElement.classList.contains("toggle-hidden") === open) button.click();
        }
        await settle();
    }

    /** Make formulas, most of the elements of a page, boxes of their size; return what takes that back. */
    function boxed() {
        const formulas = all("mjx-container").filter((e) => e.firstChild).map((e) => {
            const { width, height } = e.getBoundingClientRect();
            return { e, nodes: [...e.childNodes], was: e.style.cssText, size: `width: ${width}px; height: ${height}px` };
        });
        for (const { e, was, size } of formulas) {
            e.replaceChildren();
            e.style.cssText = `${was}; display: inline-block; ${size}`;
        }
        return () => {
            for (const { e, nodes, was } of formulas) {
                e.replaceChildren(...nodes);
                e.style.cssText = was;
            }
        };
    }

    /**
     * Make the page small for axe, which takes its time for each element and each piece of text. Formulas, which axe
     * is not asked about, become boxes of their size. In code, of the words that look the same in the light and in
     * the dark, with all that they stand in, the first stays, and the others become blanks: all stands where it stood.
     */
    async function thin() {
        boxed(); // first: a page with formulas takes long to change its theme
        const root = document.documentElement;
        const plain = (e) => [...e.attributes].every(({ name }) => name === "class" || name === "style");
        const text = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "";
        const blocks = all("div.highlight pre").filter((block) => [...block.querySelectorAll("*")].every(plain));
        const texts = (e) => [...e.childNodes].filter(text);
        const words = blocks.flatMap((block) => [block, ...block.querySelectorAll("*")].filter((e) => texts(e).length));
        const looks = new Map(words.map((e) => [e, ""]));
        const was = root.dataset.theme;
        for (const name of ["light", "dark"]) {
            await theme(name);
            const known = new Map([[null, ""]]);
            const look = (e) => {
                if (!known.has(e)) {
                    const s = getComputedStyle(e);
                    const own = [s.color, s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.fontSize, s.fontWeight];
                    known.set(e, [...own, s.textShadow, s.mixBlendMode, s.visibility, s.display, look(e.parentElement)].join());
                }
                return known.get(e);
            };
            for (const e of words) looks.set(e, looks.get(e) + e.checkVisibility() + look(e));
        }
        await theme(was);
        // It comes when a reader scrolls up, and would cover what is under it; it has a test of its own.
        for (const e of all("#pst-back-to-top")) e.style.setProperty("display", "none", "important");
        const seen = new Set();
        for (const [e, look] of looks) {
            const blanks = texts(e).slice(seen.has(look) ? 0 : 1);
            for (const node of blanks) node.data = node.data.replace(/\S/g, "\u00a0");
            if (seen.has(look) && e.tagName === "SPAN") e.replaceWith(...e.childNodes);
            seen.add(look);
        }
        return seen.size;
    }

    /**
     * What the figure around a control (a slider, or a group of buttons) shows: a number for its drawing (of its pixels, or
     * its marks), what it says, and the control's value.
     */
    async function shows(control) {
        await frame();
        const figure = control.closest("[class^=nn]:has(canvas, svg)");
        let sum = 0;
        for (const canvas of figure.querySelectorAll("canvas")) {
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const words = new Int32Array(pixels.buffer);
            for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]) | 0;
        }
        for (const { outerHTML: marks } of figure.querySelectorAll("svg")) {
            for (let i = 0; i < marks.length; i++) sum = (Math.imul(sum, 31) + marks.charCodeAt(i)) | 0;
        }
        const said = [...figure.querySelectorAll("output, [role=status]")].map((e) => e.textContent);
        return [sum, said.join(" "), (control.querySelector(":checked") ?? control).value];
    }

    return { settle, toTop, whole, tooWide, cutOff, use, theme, stands, unfold, boxed, thin, shows };
})();

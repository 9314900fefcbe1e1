// axe is compiled for old browsers: each private field of each color is an entry in a WeakMap, which costs more than
// what is done with it. Here such a field is a property; what axe finds is the same.
(() => {
    const own = globalThis.WeakMap;
    globalThis.WeakMap = class {
        #key = Symbol();

        get(object) {
            return object[this.#key];
        }

        set(object, value) {
            object[this.#key] = value;
            return this;
        }

        has(object) {
            return this.#key in object;
        }
    };
    /* axe */
    globalThis.WeakMap = own;
})();

// It would write down the HTML of each element that it looks at, also of those that are right.
axe.configure({ noHtml: true });

// Of some thousand backgrounds only few differ.
(() => {
    const { prototype } = axe.commons.color.Color;
    const { parseString } = prototype;
    const parsed = new Map();
    prototype.parseString = function (text) {
        if (!parsed.has(text)) {
            const { r, g, b, alpha } = parseString.call(this, text);
            parsed.set(text, { r, g, b, alpha });
        }
        return Object.assign(this, parsed.get(text));
    };
})();

// What stands in the same colors and sizes, in boxes of the same, has the same contrast; a page has some hundred texts and
// few such looks. Each look is asked about once a run, unless it fails, or something else may lie over or under the text.
(() => {
    // oxlint-disable-next-line no-underscore-dangle -- it is axe's name
    const check = axe._audit.checks["color-contrast"];
    const { evaluate } = check;
    const { run } = axe;
    const TEXT = ["color", "textShadow", "fontSize", "fontWeight"];
    const GROUND = { backgroundColor: "rgba(0, 0, 0, 0)", backgroundImage: "none", opacity: "1", filter: "none", mixBlendMode: "normal" };
    let grounds = new Map();
    let sound = new Set();
    let afloat = null;

    /** What an element and those around it draw under a text, or do to it. */
    function ground(e) {
        if (e === null) return "";
        if (!grounds.has(e)) {
            const parts = ["", "::before", "::after"].flatMap((pseudo) => {
                const style = getComputedStyle(e, pseudo);
                if (pseudo && style.content === "none") return [];
                return Object.entries(GROUND).filter(([name, none]) => style[name] !== none).map(([name]) => pseudo + name + style[name]);
            });
            const around = ground(e.parentElement);
            grounds.set(e, parts.length ? `${parts.join()} < ${around}` : around);
        }
        return grounds.get(e);
    }

    /** Does anything that is out of the flow of the text, and does not hold this element, share a place with it? */
    function crossed(e) {
        afloat ??= [...document.querySelectorAll("body *")]
            .filter((other) => !["static", "relative"].includes(getComputedStyle(other).position) && other.checkVisibility())
            .map((other) => [other, other.getBoundingClientRect()]);
        const r = e.getBoundingClientRect();
        return afloat.some(([other, o]) => !other.contains(e) &&
            o.left < r.right && r.left < o.right && o.top < r.bottom && r.top < o.bottom);
    }

    check.evaluate = function (node, ...more) {
        const style = getComputedStyle(node);
        const key = `${TEXT.map((name) => style[name]).join()} on ${ground(node)}`;
        if (sound.has(key) && !crossed(node)) return true;
        const result = evaluate.call(this, node, ...more);
        if (result === true && !crossed(node)) sound.add(key);
        return result;
    };
    axe.run = (...given) => {
        [grounds, sound, afloat] = [new Map(), new Set(), null];
        return run(...given);
    };
})();

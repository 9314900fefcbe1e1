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

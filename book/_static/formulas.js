// Formulas were set when the book was built (tools/maths.py), and lie as data at the end of the page: they are most of its
// elements, and what moves shall not wait for them. `there`: a promise that they are in the places of their TeX.
globalThis.formulas = (() => {
    // Those of letters and digits, which nearly every formula has: with each font that came later, all would be arranged anew.
    const FONTS = ["MJXZERO", "MJXTEX", "MJXTEX-I"];
    const LONGEST = 3000; // ms for which a browser shows nothing in the place of a letter whose font is on its way

    /** Put the formulas of a page, `document` or another one, in the places of their TeX. */
    function put(page) {
        const data = page.querySelector("script.formulas");
        if (!data) return;
        const drawn = JSON.parse(data.textContent).map((html) => {
            const template = page.createElement("template");
            template.innerHTML = html;
            return template.content;
        });
        for (const place of page.querySelectorAll("[data-formula]")) {
            const number = place.querySelector(":scope > .eqno");
            place.replaceChildren(...(number ? [number] : []), drawn[place.dataset.formula].cloneNode(true));
            delete place.dataset.formula;
        }
        data.remove();
    }

    async function begin() {
        if (!document.querySelector("script.formulas")) return;
        const fonts = FONTS.map((name) => document.fonts.load(`1em ${name}`));
        await Promise.race([Promise.allSettled(fonts), new Promise((done) => { setTimeout(done, LONGEST); })]);
        put(document);
    }

    const there = new Promise((done) => { addEventListener("DOMContentLoaded", () => done(begin()), { once: true }); });
    return { put, there };
})();

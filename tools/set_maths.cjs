// Sets formulas with MathJax, in Node: node set_maths.cjs <MathJax's folder> <folder of its fonts, as the style sheet
// shall name it>. Reads a list of [TeX, is it displayed?] and writes { html, css }, a list and a style sheet, as JSON.
const { readFileSync } = require("node:fs");

async function main([mathjax, fontURL]) {
    const MathJax = await require(`${mathjax}/node-main.js`).init({
        loader: {
            paths: { mathjax },
            load: ["adaptors/liteDOM", "input/tex", "output/chtml", "a11y/assistive-mml"],
            require,
        },
        tex: { packages: { "[-]": ["noerrors", "noundefined"] } }, // they would draw what is wrong in red, or as it is
        chtml: { fontURL },
        startup: { typeset: false },
    });
    const html = [];
    for (const [tex, display] of JSON.parse(readFileSync(0, "utf8"))) {
        const set = await MathJax.tex2chtmlPromise(tex, { display });
        html.push(MathJax.startup.adaptor.outerHTML(set));
    }
    const css = MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet());
    process.stdout.write(JSON.stringify({ html, css }));
}

main(process.argv.slice(2));

// What of JavaScript the worker's code can reach. Python's module `js` is the worker's global scope, and the code that
// runs may have come with a link: it gets the language and what Pyodide needs, but neither storage (what it wrote there
// could be served as a script of the book), nor other workers, nor a network. What a browser adds later is no exception.

const LANGUAGE = `
  AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
  DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array
  Int32Array Int8Array InternalError Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError
  Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array
  Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly constructor decodeURI decodeURIComponent
  encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`;
const WEB = `
  AbortController AbortSignal DOMException DecompressionStream Event EventTarget Headers MessageChannel MessageEvent
  MessagePort ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams WorkerGlobalScope
  WritableStream addEventListener atob btoa clearInterval clearTimeout console crypto dispatchEvent location navigator
  performance queueMicrotask removeEventListener self setInterval setTimeout structuredClone`;
const NAVIGATOR = "constructor hardwareConcurrency language languages platform userAgent";

// Takes all other names from an object and from what it inherits from. What only a name leads to is then out of reach.
function keep(object, names) {
  const kept = new Set(names.trim().split(/\s+/));
  for (let owner = object; owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (!kept.has(name)) Reflect.deleteProperty(owner, name);
      // A number that a browser does not let go of, such as Chromium's PERSISTENT, leads nowhere.
      if (!kept.has(name) && Object(object[name]) === object[name]) throw new Error(`this browser keeps ${name}`);
    }
  }
}

export function narrow(scope) {
  keep(scope.navigator, NAVIGATOR);
  keep(scope, `${LANGUAGE} ${WEB}`);
}

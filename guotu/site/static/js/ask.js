/** Asks the server for JSON or a fragment; a refusal comes back as an Error that says it. */

const token = () =>
  JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

async function told(answer) {
  if (answer.ok) return answer;
  let what = answer.statusText;
  try {
    const refusal = await answer.json();
    what = [refusal.what, refusal.remedy].filter(Boolean).join(" · ");
  } catch {
    // Not JSON: the status line has to do.
  }
  throw new Error(what);
}

/** Return `address` asking about a place. */
export function placed(address, lngLat) {
  return `${address}?lon=${lngLat.lng.toFixed(8)}&lat=${lngLat.lat.toFixed(8)}`;
}

/** Return the JSON at `address`. */
export async function askJson(address, signal) {
  const answer = await told(
    await fetch(address, { signal, headers: { Accept: "application/json" } }),
  );
  return answer.json();
}

/** Return the HTML fragment at `address`. */
export async function askFragment(address, signal) {
  const answer = await told(await fetch(address, { signal, headers: { Accept: "text/html" } }));
  return answer.text();
}

/** Post `body` as JSON and return the JSON answer. */
export async function sendJson(address, body, signal) {
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/json",
    "X-CSRFToken": token(),
  };
  const answer = await told(
    await fetch(address, { method: "POST", signal, headers, body: JSON.stringify(body) }),
  );
  return answer.json();
}

/** Return a function that runs `work(signal, ...)` after a pause, and gives up the one before. */
export function latest(work, pause_ms = 0) {
  let timer = 0;
  let control = null;
  return (...given) => {
    clearTimeout(timer);
    control?.abort();
    control = new AbortController();
    const { signal } = control;
    timer = setTimeout(() => {
      work(signal, ...given).catch((fault) => {
        if (fault.name !== "AbortError") throw fault;
      });
    }, pause_ms);
  };
}

/* What was sent and has not come back yet: shown at once, and each says of itself how it goes.

   Of `actions`, `isOpen` says whether there is a connection; `retry` and `discard` belong to buttons. */
function makePending(place, actions) {
  "use strict";
  const { isOpen, retry, discard } = actions;
  const PATIENCE_MS = 10_000; // then a message that has not come back counts as not sent

  const find = (cid) => place?.querySelector(`[data-cid="${CSS.escape(cid)}"]`);

  function element(name, attributes, ...children) {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  }

  function button(label, press) {
    const made = element("button", { type: "button", className: "quiet" }, label);
    made.addEventListener("click", press);
    return made;
  }

  function add(cid, words) {
    const text = element("div", { className: "text", dir: "auto" }, element("p", {}, words.trim()));
    const item = element("div", {}, text, element("p", { className: "state" }));
    item.dataset.cid = cid;
    place.append(item);
    wait(cid);
  }

  function wait(cid) {
    const item = find(cid);
    if (!item) return;
    delete item.dataset.failed;
    const state = item.querySelector(".state");
    state.removeAttribute("role");
    state.textContent = isOpen() ? "Sending…" : "Waiting for the connection…";
    clearTimeout(item.timer);
    item.timer = setTimeout(() => { if (isOpen()) fail(cid); }, PATIENCE_MS);
  }

  function fail(cid) {
    const item = find(cid);
    if (!item || "failed" in item.dataset) return;
    item.dataset.failed = "";
    const words = item.querySelector(".text").textContent;
    const state = item.querySelector(".state");
    state.setAttribute("role", "status");
    state.textContent = "Not sent.";
    state.append(button("Retry", () => retry(cid, words)), button("Discard", () => discard(cid)));
  }

  function failAll() {
    for (const item of place.children) fail(item.dataset.cid);
  }

  return { add, wait, fail, failAll, remove: (cid) => find(cid)?.remove() };
}

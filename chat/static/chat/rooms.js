/* The unread counts of a list of rooms: one more for each new message, none for the room one is in. */
(() => {
  "use strict";
  const me = document.body.dataset.user;
  const here = document.getElementById("room")?.dataset.slug;
  const marks = document.querySelector(".news-marks");
  if (!marks) return;

  function count(mark) {
    const slug = mark.id.slice("news-".length);
    if (!mark.value || slug === here || mark.dataset.author === me) return;
    const badge = document.querySelector(`.badge[data-room="${CSS.escape(slug)}"]`);
    if (!badge) return;
    const unread = Number(badge.dataset.unread) + 1;
    badge.dataset.unread = unread;
    badge.firstElementChild.textContent = unread > 99 ? "99+" : unread;
    badge.hidden = false;
  }

  // A page that comes back is given the latest news again, which it may know.
  const known = new Map([...marks.children].map((mark) => [mark.id, ""]));
  new MutationObserver((changes) => {
    for (const mark of changes.flatMap((change) => [...change.addedNodes])) {
      if (mark.nodeName !== "DATA" || known.get(mark.id) === mark.value) continue;
      known.set(mark.id, mark.value);
      count(mark);
    }
  }).observe(marks, { childList: true });
})();

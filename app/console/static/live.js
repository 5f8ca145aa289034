// Campaign page: replaces rows and totals as the server sends them (rendered there, in the reader's language).
"use strict";
(() => {
  const head = document.querySelector("[data-live]");
  const connection = document.getElementById("connection");
  const totals = document.getElementById("totals");
  const spoken = document.getElementById("spoken");
  const SPEAK_EVERY_MS = 10000; // a screen reader should hear the news, not a stream
  let spokenAt = 0;

  const fragment = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    return template.content;
  };

  const source = new EventSource(head.dataset.live);
  source.addEventListener("open", () => { connection.hidden = true; });
  source.addEventListener("error", () => { connection.hidden = false; });

  source.addEventListener("row", (event) => {
    const { id, html } = JSON.parse(event.data);
    const old = document.getElementById("row-" + id);
    if (!old) return; // on another page of the table
    const row = fragment(html).firstElementChild;
    if (row.innerHTML === old.innerHTML) return;
    const focused = old.contains(document.activeElement);
    row.classList.add("fresh");
    old.replaceWith(row);
    if (focused) row.querySelector("a")?.focus();
  });

  source.addEventListener("totals", (event) => {
    const data = JSON.parse(event.data);
    totals.replaceChildren(fragment(data.html));
    if (Date.now() - spokenAt > SPEAK_EVERY_MS || data.done === data.total) {
      spokenAt = Date.now();
      spoken.textContent = totals.querySelector("[data-spoken]").textContent;
    }
    // Buttons depend on the status, so a change of it (finished, paused elsewhere) reloads the page.
    if (data.status !== head.dataset.status) location.reload();
  });
})();

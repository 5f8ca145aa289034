// Shared by every page: theme, confirmations, file drop.
"use strict";
const stored = (() => { try { return localStorage.getItem("alo-theme"); } catch { return null; } })();
if (stored) document.documentElement.dataset.theme = stored;

document.addEventListener("DOMContentLoaded", () => {
  const toggle = document.querySelector("[data-theme-toggle]");
  toggle.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    const next = dark ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try { localStorage.setItem("alo-theme", next); } catch { /* private window: lasts for this page */ }
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });

  // A flow brings the purpose it was written for, and the columns that a list for it needs.
  const flow = document.querySelector("[data-flow]"), purpose = document.querySelector("[data-purpose-choice]");
  const columns = document.querySelector("[data-columns-of-flow]"), sample = document.querySelector("[data-sample]");
  const follow = () => { const wanted = flow.selectedOptions[0]?.dataset.purpose; if (wanted) purpose.value = wanted; };
  const explain = () => {
    columns.textContent = flow.selectedOptions[0]?.dataset.columns ?? "";
    sample.href = "/campaigns/sample.csv?flow=" + encodeURIComponent(flow.value);
  };
  if (flow) {
    flow.addEventListener("change", () => { follow(); explain(); });
    if (!document.querySelector("[role=alert]")) follow();
    explain(); // a browser may have kept an earlier choice
  }

  for (const drop of document.querySelectorAll("[data-drop]")) {
    const input = drop.querySelector("input[type=file]");
    const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => { over(false)(event); input.files = event.dataTransfer.files; });
  }
});

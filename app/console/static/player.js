// Call page: a click on a bubble plays from there; the bubble that sounds is marked; the wave shows where we are.
"use strict";
(() => {
  const player = document.getElementById("player");
  if (!player) return;
  const offset = Number(player.dataset.offsetMs);
  const turns = [...document.querySelectorAll(".turn[data-end]")];
  const wave = document.getElementById("wave");
  const line = document.getElementById("wave-head");
  const LEAD_IN_MS = 150; // start a little before, so that the first syllable is whole

  const seek = (seconds) => { player.currentTime = Math.max(0, seconds); player.play().catch(() => {}); };

  for (const turn of turns) {
    turn.querySelector(".bubble")?.addEventListener("click", () => {
      seek((Number(turn.dataset.start) - offset - LEAD_IN_MS) / 1000);
    });
  }
  wave?.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    if (player.duration) seek(player.duration * (event.clientX - box.left) / box.width);
  });

  const show = () => {
    const now = player.currentTime * 1000 + offset;
    for (const turn of turns) {
      const on = !player.paused && now >= Number(turn.dataset.start) - LEAD_IN_MS && now < Number(turn.dataset.end);
      turn.classList.toggle("playing", on);
    }
    if (line && player.duration) {
      const x = player.currentTime / player.duration * wave.viewBox.baseVal.width;
      line.setAttribute("x1", x); line.setAttribute("x2", x);
    }
    if (!player.paused) requestAnimationFrame(show);
  };
  for (const name of ["play", "pause", "seeked", "loadedmetadata"]) player.addEventListener(name, show);
})();

// Keeps the films that are ticked in the browser; without this, they are in the address alone.
"use strict";

const KEY = "followed";
const form = document.getElementById("follow");
const boxes = [...document.querySelectorAll("input[name=film][form=follow]")];

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) || "[]");
    return Array.isArray(found) ? found.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function store(films) {
  try {
    localStorage.setItem(KEY, JSON.stringify(films));
  } catch {
    // Not allowed here, or full: the address has them all the same.
  }
}

function show(films) {
  for (const box of boxes) box.checked = films.includes(box.value);
  if (form && form.classList.contains("follow")) form.hidden = films.length === 0;
}

if (form) {
  const asked = new URLSearchParams(location.search);
  const isList = !form.classList.contains("follow");
  if (isList && !asked.has("film") && stored().length > 0) {
    asked.set("film", stored().join(","));
    location.replace(`${location.pathname}?${asked}`);
  } else {
    if (isList) store(boxes.filter((box) => box.checked).map((box) => box.value));
    show(stored());
  }
  for (const box of boxes) {
    box.addEventListener("change", () => {
      const others = stored().filter((id) => id !== box.value);
      store(box.checked ? [...others, box.value] : others);
      show(stored());
    });
  }
  form.addEventListener("submit", () => {
    // Those of other pages go along.
    for (const id of stored().filter((each) => !boxes.some((box) => box.value === each))) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "film", value: id });
      form.append(field);
    }
  });
}

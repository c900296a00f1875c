// What only pages of the desk load, beside what every page does.
import { autosave } from "./autosave";
import { passkey } from "./passkey";
import { pins } from "./pin";
import { preview } from "./preview";

const draft = document.querySelector<HTMLFormElement>("form[data-autosave]");
const pane = document.querySelector<HTMLElement>("[data-preview]");
if (draft) {
  autosave(draft);
  pins(draft);
  if (pane) preview(draft, pane);
}

const ceremony = document.querySelector<HTMLFormElement>("form[data-passkey]");
if (ceremony) passkey(ceremony);

// What only pages of the desk load, beside what every page does.
import { autosave } from "./autosave";
import { passkey } from "./passkey";

const draft = document.querySelector<HTMLFormElement>("form[data-autosave]");
if (draft) autosave(draft);

const ceremony = document.querySelector<HTMLFormElement>("form[data-passkey]");
if (ceremony) passkey(ceremony);

// What only pages of the desk load, beside what every page does.
import { autosave } from "./autosave";

const draft = document.querySelector<HTMLFormElement>("form[data-autosave]");
if (draft) autosave(draft);

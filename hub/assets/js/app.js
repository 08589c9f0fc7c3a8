// SPDX-License-Identifier: AGPL-3.0-or-later
// Everything here makes pages more pleasant; every page also works without it.
import htmx from "htmx.org";
import { start as dialogs } from "./dialog.js";
import { start as keys } from "./keys.js";
import { start as live } from "./live.js";
import { start as palette } from "./palette.js";
import { start as theme } from "./theme.js";
import { start as times } from "./time.js";
import { start as forms } from "./form.js";
import { start as toasts } from "./toast.js";

// The bundle is loaded with `defer`: the document is there.
for (const start of [theme, dialogs, palette, keys, times, forms, toasts]) start();
live(htmx);
// On a phone the tabs scroll sideways: the one that is open is seen.
document.querySelector('.tab[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });

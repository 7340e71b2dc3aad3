import "@tabler/core/dist/css/tabler.min.css";
import "./style.css";
import htmx from "htmx.org";
import { keepFresh, showBadge } from "./live";
import { guardForms, searchList, shrinkPhotos } from "./record";
import { reviewPlan } from "./review";
import { deskKeys, smallHelps } from "./keys";
import { campus } from "./campus";
import { roster } from "./roster";
import { sayWhose, signIn } from "./sign_in";
import { openLink } from "./link";
import { wall } from "./wall";
import { workBeforeSending } from "./work";
import { showProgress } from "./progress";
import { charts } from "./trends";

// The pages load no script from strings, and send Django's token with every write.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content;
  if (token) (event as CustomEvent).detail.headers["X-CSRFToken"] = token;
});

keepFresh();
void showBadge();
guardForms();
shrinkPhotos();
searchList();
reviewPlan();
deskKeys();
smallHelps();
campus();
roster();
signIn();
sayWhose();
showProgress();
openLink();
workBeforeSending();
wall();
window.addEventListener("hashchange", openLink);
void charts();

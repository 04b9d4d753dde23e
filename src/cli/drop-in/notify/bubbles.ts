/** Notifications on a desktop, by the interface org.freedesktop.Notifications of the session bus. */
import { type Outcome, fail, ok } from "../../../foundation/basics/index.ts";
import { displayText } from "../../../foundation/text/index.ts";
import { SIGNAL, openBus, ownName, subscribe } from "../../../host/index.ts";
import type { BurstText, Show } from "./bursts.ts";
import { type Desktop, asUser } from "./desktop.ts";

const NOTIFICATIONS = {
  destination: "org.freedesktop.Notifications",
  path: "/org/freedesktop/Notifications",
  interface: "org.freedesktop.Notifications",
};
/** Whoever has this name shows notifications; a second one takes it over. */
const OWN_NAME = "org.armorer.Notify";
const REVIEW = "review";

export interface Bubbles {
  readonly show: Show;
  /** Settles when no more can be shown: another took over, or the bus is gone. */
  readonly ended: Promise<{ readonly isReplaced: boolean; readonly why: string }>;
  readonly close: () => void;
}

/** Some servers read the text as markup. */
function markedUp(text: string): string {
  return displayText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * Connects to a desktop.
 *
 * Errors: a sentence: there is no bus, or nobody who shows notifications.
 */
export async function openBubbles(
  desktop: Desktop,
  footer: string,
  onReview: () => void,
): Promise<Outcome<Bubbles, string>> {
  // The bus of another user is talked to as that user.
  const opened = await asUser(desktop, () => openBus(desktop.address, desktop.userId));
  if (!opened.ok) return fail(`the session bus of the desktop cannot be reached: ${opened.error}`);
  const bus = opened.value;
  const able = await bus.call({ ...NOTIFICATIONS, member: "GetCapabilities" });
  const named = able.ok ? await ownName(bus, OWN_NAME) : able;
  const heard = named.ok ? await subscribe(bus, `type='signal',interface='${NOTIFICATIONS.interface}'`) : named;
  if (!heard.ok) {
    bus.close();
    return fail(`nothing shows notifications on this desktop: ${heard.error}`);
  }
  const capabilities = able.ok && Array.isArray(able.value[0]) ? able.value[0] : [];
  const actions = capabilities.includes("actions") ? [REVIEW, "Review…"] : [];
  let shown = 0;
  const isReplaced = new Promise<void>((resolve) => {
    bus.listen(({ body, member, type }) => {
      if (type === SIGNAL && member === "NameLost" && body[0] === OWN_NAME) resolve();
    });
  });
  bus.listen(({ type, member, body, interface: from }) => {
    if (type !== SIGNAL) return;
    if (from !== NOTIFICATIONS.interface || body[0] !== shown) return;
    if (member === "ActionInvoked" && body[1] === REVIEW) onReview();
    if (member === "NotificationClosed") shown = 0;
  });
  const show = async ({ lines, summary }: BurstText, isSame: boolean): Promise<void> => {
    const text = [...lines, ...(footer === "" ? [] : [footer])].map(markedUp).join("\n");
    const hints = [["urgency", { signature: "y", value: 1 }]];
    const answer = await bus.call({
      ...NOTIFICATIONS,
      member: "Notify",
      signature: "susssasa{sv}i",
      body: ["AppArmor", isSame ? shown : 0, "dialog-warning", displayText(summary), text, actions, hints, -1],
    });
    const [id] = answer.ok ? answer.value : [];
    if (typeof id === "number") shown = id;
  };
  const ended = Promise.race([
    isReplaced.then(() => ({ isReplaced: true, why: "another one took over" })),
    bus.ended.then((why) => ({ isReplaced: false, why })),
  ]);
  return ok({ show, ended, close: bus.close });
}

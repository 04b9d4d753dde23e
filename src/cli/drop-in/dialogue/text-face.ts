/** Letters on a terminal (tools 12): one key an answer, digits and arrows mark an option, `?` explains the keys. */
import { displayText } from "../../../foundation/text/index.ts";
import { paintDiff } from "../../armorer/paint.ts";
import type { CliIo } from "../../io.ts";
import { type Ask, type Face, type Menu, type Reply, explanationOf } from "./asks.ts";

const WIDTH = 10;

function menuText(menu: Menu, selected: number): string {
  const { title, headers, options, items, defaultKey, progress } = menu;
  const explanation = explanationOf(menu, selected);
  const width = Math.max(WIDTH, ...headers.map(([label]) => label.length + 2));
  const lines = [
    ...(title === undefined ? [] : [`= ${title} =`, ""]),
    ...(progress === undefined ? [] : [`(${progress})`]),
    ...headers.map(([label, value]) => `${`${label}:`.padEnd(width)}${displayText(String(value))}`),
    ...(headers.length === 0 ? [] : [""]),
    ...(explanation === undefined ? [] : [...explanation.split("\n").map(displayText), ""]),
    ...options.map((option, at) => {
      const shown = `${at + 1} - ${displayText(option.replaceAll(/\s+/g, " "))}`;
      return at === selected ? ` [${shown}]` : `  ${shown} `;
    }),
    items.map(({ key, label }) => (key === defaultKey ? `[${label}]` : label)).join(" / "),
  ];
  return `\n${lines.join("\n")}\n`;
}

function helpText({ items, options }: Menu): string {
  const lines = items.map(({ key, about }) => `  ${key}  ${about}\n`);
  const marks = options.length > 1 ? "  1-9, Up, Down  mark another option\n" : "";
  return `\n${lines.join("")}${marks}  ?  this help\n`;
}

/** The end of input, or Ctrl-D. */
const isEnd = (key: string | undefined): key is undefined => key === undefined || key === "\u0004";

export function textFace(io: CliIo): Face {
  io.setKeys(true);
  const yesNo = (text: string, preset: "y" | "n"): Reply | undefined => {
    for (;;) {
      io.out(`\n${displayText(text)}\n\n${preset === "y" ? "[(Y)es] / (N)o" : "(Y)es / [(N)o]"}\n`);
      const key = io.inputKey();
      if (isEnd(key)) return undefined;
      const answer = key === "\r" || key === "\n" ? preset : key.toLowerCase();
      if (answer === "y" || answer === "n") return { kind: "yesno", yes: answer === "y" };
    }
  };
  const choose = (menu: Menu): Reply | undefined => {
    let { selected } = menu;
    const most = menu.options.length - 1;
    let isShown = false;
    for (;;) {
      if (!isShown) io.out(menuText(menu, selected));
      isShown = false;
      const key = io.inputKey();
      if (isEnd(key)) return undefined;
      if (key === "?") io.out(helpText(menu));
      else if (key === "up") selected = Math.max(0, selected - 1);
      else if (key === "down") selected = Math.min(Math.max(most, 0), selected + 1);
      else if (/^[1-9]$/.test(key)) selected = Math.min(Math.max(most, 0), Number(key) - 1);
      else {
        // Ctrl-C asks what Abo(r)t asks: nothing is lost by mistake.
        const letter = key === "\u0003" ? "r" : key.toLowerCase();
        if (menu.items.some((item) => item.key === letter)) return { kind: "promptuser", key: letter, selected };
        isShown = !/^[\r\n]$/.test(key);
      }
    }
  };
  return {
    put: (ask: Ask) => {
      switch (ask.kind) {
        case "info":
        case "important":
          io.out(`${displayText(ask.text)}\n`);
          return { kind: "said" };
        case "yesno":
          return yesNo(ask.text, ask.preset);
        case "getstring": {
          io.setKeys(false);
          io.out(`\n${displayText(ask.text)}[${displayText(ask.preset)}] `);
          const line = io.inputLine();
          io.setKeys(true);
          return line === undefined ? undefined : { kind: "getstring", text: line === "" ? ask.preset : line };
        }
        case "changes":
          io.out(`\n${displayText(ask.header)}\n`);
          io.verbatim(paintDiff(ask.diff));
          return { kind: "said" };
        case "promptuser":
          return choose(ask);
      }
    },
  };
}

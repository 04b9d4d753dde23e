/** What every link that is tested asks of its target beside letters; everything grants it. */
export const LINK_TEST = "getattr";

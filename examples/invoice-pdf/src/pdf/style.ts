/** Measures and colours of the invoice. Lengths are points (1/72 inch), from the upper left corner of an A4 page. */

export const PAGE = { width: 595.28, height: 841.89 } as const;
export const MARGIN = { left: 48, right: 48, top: 48 } as const;

export const LEFT = MARGIN.left;
export const RIGHT = PAGE.width - MARGIN.right;
export const CONTENT_WIDTH = RIGHT - LEFT;

/** Nothing but the footer is below. */
export const BODY_END = PAGE.height - 74;

/** Red, green and blue, 0–1. */
export type Colour = readonly [number, number, number];

export const INK: Colour = [0.13, 0.15, 0.19];
export const GREY: Colour = [0.42, 0.45, 0.5];
export const LINE: Colour = [0.83, 0.85, 0.88];
export const PALE: Colour = [0.955, 0.963, 0.975];
export const ACCENT: Colour = [0.09, 0.24, 0.44];
export const WHITE: Colour = [1, 1, 1];

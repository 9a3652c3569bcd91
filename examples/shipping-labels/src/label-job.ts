import type { Order, Recipient } from './order.ts';
import { ssccOf } from './sscc.ts';

/** What a message of the queue asks for: the label of one parcel. */
export interface LabelJob {
  readonly order: string;
  readonly recipient: Recipient;
  /** From 1. */
  readonly parcel: number;
  readonly parcels: number;
  readonly grams: number;
  readonly sscc: string;
}

export function jobsOf({ number: order, recipient, parcels }: Order, prefix: string): LabelJob[] {
  return parcels.map((grams, index) => {
    const parcel = index + 1;
    return { order, recipient, parcel, parcels: parcels.length, grams, sscc: ssccOf(prefix, order, parcel) };
  });
}

/** Keys in the bucket follow from the parcel, so that a repeated message writes the same objects again. */
export const labelKey = (order: string, parcel: number): string => `labels/${order}/${pad(parcel)}.zpl`;
export const adviceKey = (order: string, parcel: number): string => `erp/${order}-${pad(parcel)}.json`;
export const orderKey = (order: string): string => `orders/${order}.json`;

const pad = (parcel: number): string => String(parcel).padStart(2, '0');

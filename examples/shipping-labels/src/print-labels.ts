import type { Bucket, Message, MessageBatch } from 'sovfn';
import { makeLabel } from './label.ts';
import { adviceKey, type LabelJob, labelKey } from './label-job.ts';

export interface PrintPlace {
  readonly ARCHIVE: Bucket;
  readonly SENDER: string;
}

const STORE_AWAY_SECONDS = 30;

/** Each parcel is decided about for itself: one that cannot be written now holds up no other. */
export async function printLabels(batch: MessageBatch<LabelJob>, place: PrintPlace): Promise<void> {
  await Promise.all(batch.messages.map(async (message) => printLabel(message, place)));
}

async function printLabel(message: Message<LabelJob>, { ARCHIVE, SENDER }: PrintPlace): Promise<void> {
  const job = message.body;
  const { order, parcel } = job;
  try {
    await ARCHIVE.put(labelKey(order, parcel), makeLabel(job, SENDER), { contentType: 'application/zpl' });
    await ARCHIVE.put(adviceKey(order, parcel), JSON.stringify(adviceOf(job)), { contentType: 'application/json' });
    message.ack();
  } catch (error) {
    console.warn(`the label of parcel ${order}/${parcel} could not be written (attempt ${message.attempts}):`, error);
    message.retry({ delaySeconds: STORE_AWAY_SECONDS });
  }
}

/** What the ERP reads: a parcel is ready to be fetched. */
function adviceOf({ order, parcel, parcels, grams, sscc }: LabelJob) {
  return { type: 'parcel-ready', order, parcel, parcels, grams, sscc };
}

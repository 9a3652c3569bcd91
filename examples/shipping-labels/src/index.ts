import type { Handler, MessageBatch } from 'sovfn';
import type { LabelJob } from './label-job.ts';
import { type OrdersPlace, showLabel, showOrder, takeOrders } from './orders-api.ts';
import { type PrintPlace, printLabels } from './print-labels.ts';
import { problem } from './problem.ts';

const ORDER = /^\/orders\/(\d{7})$/;
const LABEL = /^\/orders\/(\d{7})\/labels\/(\d{2})\.zpl$/;

/** Takes orders over HTTP, and makes the shipping labels of their parcels in the background. */
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (request.method === 'POST' && pathname === '/orders') return takeOrders(request, env);
    const order = ORDER.exec(pathname);
    if (request.method === 'GET' && order !== null) return showOrder(order[1]!, env);
    const label = LABEL.exec(pathname);
    if (request.method === 'GET' && label !== null) return showLabel(label[1]!, Number(label[2]), env);
    const detail = `${request.method} ${pathname} is not here: POST /orders, GET /orders/<number>, GET /orders/<number>/labels/<parcel>.zpl`;
    return problem({ status: 404, title: 'Not found', detail });
  },

  async queue(batch: MessageBatch<LabelJob>, env) {
    await printLabels(batch, env);
  },
} satisfies Handler<OrdersPlace & PrintPlace>;

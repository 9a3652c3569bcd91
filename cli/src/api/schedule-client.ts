/** What the control API does with schedules, as functions. */
import type {
  RunScheduleRequest,
  RunScheduleResponse,
  ScheduleHistory,
  ScheduleList,
  SchedulePauseResponse,
} from '@sovfn/protocol';
import { type Ask, schemaNamed } from './answer-schema.ts';

/** As many as the API gives at once. */
const LISTED = '1000';

export class ScheduleClient {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Null: those of all functions. */
  list(name: string | null): Promise<ScheduleList> {
    const query: Record<string, string> = { limit: LISTED, ...(name === null ? {} : { function: name }) };
    return this.#ask({ path: '/v1/schedules', query }, schemaNamed('scheduleListSchema'));
  }

  run(name: string, schedule: string, body: RunScheduleRequest): Promise<RunScheduleResponse> {
    return this.#ask(
      { method: 'POST', path: `${schedulePath(name, schedule)}/run`, body },
      schemaNamed('runScheduleResponseSchema'),
    );
  }

  pause(name: string, schedule: string): Promise<SchedulePauseResponse> {
    return this.#ask(
      { method: 'POST', path: `${schedulePath(name, schedule)}/pause` },
      schemaNamed('schedulePauseResponseSchema'),
    );
  }

  resume(name: string, schedule: string): Promise<SchedulePauseResponse> {
    return this.#ask(
      { method: 'POST', path: `${schedulePath(name, schedule)}/resume` },
      schemaNamed('schedulePauseResponseSchema'),
    );
  }

  history(
    name: string,
    schedule: string,
    { limit, before }: { readonly limit: number; readonly before: string | null },
  ): Promise<ScheduleHistory> {
    const query: Record<string, string> = { limit: String(limit), ...(before === null ? {} : { before }) };
    return this.#ask({ path: `${schedulePath(name, schedule)}/history`, query }, schemaNamed('scheduleHistorySchema'));
  }
}

const schedulePath = (name: string, schedule: string): string =>
  `/v1/functions/${encodeURIComponent(name)}/schedules/${encodeURIComponent(schedule)}`;

/**
 * Every metric of a gateway: its name, type, labels and meaning. What is served, what `docs/metrics.md` says and what the
 * dashboard may use all come from this table.
 *
 * `across` says what to make of the values of several gateways: `sum` where each counts its own share, `max` where each
 * says the same of all, `each` where the value is about one gateway and nothing else.
 */
export interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly across: 'sum' | 'max' | 'each';
  /** One sentence. */
  readonly help: string;
}

const FUNCTION = ['tenant', 'function'] as const;

const CALLS = {
  sovfn_function_info: {
    type: 'gauge',
    labels: [...FUNCTION, 'version', 'zone', 'role'],
    across: 'max',
    help: 'Always 1: a version that answers calls now, as the current one or as the other one of a split.',
  },
  sovfn_calls_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger', 'fault'],
    across: 'sum',
    help: 'Calls that have ended, by what caused them and by whose fault; fault="none": the function answered.',
  },
  sovfn_call_failures_total: {
    type: 'counter',
    labels: [...FUNCTION, 'outcome'],
    across: 'sum',
    help: 'Calls that ended without a whole response, by outcome.',
  },
  sovfn_responses_total: {
    type: 'counter',
    labels: [...FUNCTION, 'status'],
    across: 'sum',
    help: 'Responses of the function by the class of their status.',
  },
  sovfn_call_duration_seconds: {
    type: 'histogram',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'Time from sending a call to its end, failed ones included.',
  },
  sovfn_call_cpu_seconds_total: {
    type: 'counter',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'CPU time that calls had used when they ended.',
  },
  sovfn_cold_starts_total: {
    type: 'counter',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'Responses of an isolate that was made for the call.',
  },
  sovfn_calls_killed_total: {
    type: 'counter',
    labels: [...FUNCTION, 'outcome', 'limit'],
    across: 'sum',
    help: 'Calls that were ended because they had passed a limit.',
  },
  sovfn_kill_limit: {
    type: 'gauge',
    labels: [...FUNCTION, 'outcome', 'limit'],
    across: 'max',
    help: 'Value of the limit that the last killed call had passed, in the unit of its name.',
  },
  sovfn_kill_measured: {
    type: 'gauge',
    labels: [...FUNCTION, 'outcome', 'limit'],
    across: 'max',
    help: 'What was measured of the last killed call, in the unit of the limit.',
  },
  sovfn_function_spans_total: {
    type: 'counter',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'Spans that the function has made and that were kept for the receiver of OTLP.',
  },
  sovfn_function_spans_dropped_total: {
    type: 'counter',
    labels: [...FUNCTION, 'reason'],
    across: 'sum',
    help: 'Spans that the function has made and that nobody gets: over a limit (limit), not as they must be (invalid), too many at once (full).',
  },
  sovfn_calls_waiting: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'HTTP calls that wait for an answer.',
  },
  sovfn_calls_waiting_limit: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'HTTP calls that may wait for an answer while further ones are refused with load-shed; missing while none are.',
  },
  sovfn_requests_refused_total: {
    type: 'counter',
    labels: [...FUNCTION, 'code'],
    across: 'sum',
    help: 'HTTP requests, deliveries of webhooks included, that the gateway refused itself although no call had failed, by error code.',
  },
} as const satisfies Record<string, Family>;

const EVENTS = {
  sovfn_events_accepted_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger'],
    across: 'sum',
    help: 'Events that were accepted; messages of queues are accepted by nodes and not counted here.',
  },
  sovfn_events_repeated_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger'],
    across: 'sum',
    help: 'Repetitions of accepted events that were recognised.',
  },
  sovfn_events_running: {
    type: 'gauge',
    labels: [...FUNCTION, 'trigger'],
    across: 'sum',
    help: 'Attempts of events that are under way.',
  },
  sovfn_event_attempts_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger', 'outcome'],
    across: 'sum',
    help: 'Attempts that have ended, by outcome; outcome="ok": the function answered, with whatever status.',
  },
  sovfn_event_retries_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger'],
    across: 'sum',
    help: 'Attempts after which another one was planned.',
  },
  sovfn_event_postponements_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger'],
    across: 'sum',
    help: 'Times that an event could not begin, by the fault of the platform.',
  },
  sovfn_events_ended_total: {
    type: 'counter',
    labels: [...FUNCTION, 'trigger', 'state'],
    across: 'sum',
    help: 'Events that have ended, by the state in which they did.',
  },
  sovfn_events_unreadable_total: {
    type: 'counter',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'Messages that could not be read and ended as dead letters; they are among the events that have ended.',
  },
  sovfn_events_pending: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Events that are due and have not ended, those that run included.',
  },
  sovfn_events_oldest_pending_seconds: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Time since the oldest pending event was accepted; 0 when none is pending.',
  },
  sovfn_events_delayed: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Events that are due later, those that wait for another attempt included.',
  },
  sovfn_events_paused: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: '1 while the events of the function are paused, else 0.',
  },
  sovfn_queue_messages_pending: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Messages in the queues of the function that are due and have not ended, those that run included.',
  },
  sovfn_queue_messages_oldest_pending_seconds: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Time since the oldest pending message was sent; 0 when none is pending.',
  },
  sovfn_queue_messages_delayed: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Messages that are due later, those that wait for another attempt included.',
  },
  sovfn_dead_letters: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Dead letters that are kept.',
  },
  sovfn_schedule_ticks_total: {
    type: 'counter',
    labels: [...FUNCTION, 'state'],
    across: 'sum',
    help: 'Ticks of schedules about which was decided, by state; runs by hand are no ticks.',
  },
} as const satisfies Record<string, Family>;

const OUTPUTS = {
  sovfn_outputs_kept_total: {
    type: 'counter',
    labels: [...FUNCTION, 'place'],
    across: 'sum',
    help: 'Outputs that were kept: in the object store at once, or on the bus until the store takes them.',
  },
  sovfn_outputs_kept_bytes_total: {
    type: 'counter',
    labels: [...FUNCTION],
    across: 'sum',
    help: 'Bytes of the bodies of outputs that were kept.',
  },
  sovfn_outputs_pending: {
    type: 'gauge',
    labels: [...FUNCTION],
    across: 'max',
    help: 'Outputs on the bus that wait for the object store.',
  },
} as const satisfies Record<string, Family>;

const PLATFORM = {
  sovfn_calls_in_flight: { type: 'gauge', labels: [], across: 'sum', help: 'Calls that have not ended.' },
  sovfn_bus_connected: { type: 'gauge', labels: [], across: 'each', help: '1 while the gateway is connected to NATS.' },
  sovfn_backlog_known: {
    type: 'gauge',
    labels: [],
    across: 'each',
    help: '0 while the streams cannot be asked: then what is pending, delayed and kept is missing.',
  },
  sovfn_functions: { type: 'gauge', labels: [], across: 'max', help: 'Deployed functions.' },
  sovfn_tenant_storage_bytes: {
    type: 'gauge',
    labels: ['tenant'],
    across: 'max',
    help: 'What the tenant keeps, as it was counted last; only of tenants with a quota of storage.',
  },
  sovfn_tenant_storage_quota_bytes: {
    type: 'gauge',
    labels: ['tenant'],
    across: 'max',
    help: 'What the tenant may keep.',
  },
  sovfn_nodes: {
    type: 'gauge',
    labels: ['zone'],
    across: 'max',
    help: 'Live nodes that satisfy a zone of the gateway.',
  },
  sovfn_node_cells: { type: 'gauge', labels: ['node'], across: 'max', help: 'Cells of a live node.' },
  sovfn_node_versions: {
    type: 'gauge',
    labels: ['node'],
    across: 'max',
    help: 'Versions that a live node has loaded.',
  },
  sovfn_event_loop_delay_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    across: 'each',
    help: "How late the gateway's event loop was, over the last seconds; quantile 1 is the latest.",
  },
  sovfn_build_info: {
    type: 'gauge',
    labels: ['gateway', 'version', 'node_version'],
    across: 'each',
    help: 'Always 1: which gateway this is, its version, and that of its Node.',
  },
} as const satisfies Record<string, Family>;

const PROCESS = {
  process_cpu_seconds_total: {
    type: 'counter',
    labels: [],
    across: 'each',
    help: 'CPU time of the process, user and system.',
  },
  process_resident_memory_bytes: { type: 'gauge', labels: [], across: 'each', help: 'Resident memory.' },
  process_start_time_seconds: {
    type: 'gauge',
    labels: [],
    across: 'each',
    help: 'When the process was started, seconds since 1970.',
  },
  process_open_fds: { type: 'gauge', labels: [], across: 'each', help: 'Open file descriptors; Linux only.' },
  nodejs_heap_size_used_bytes: { type: 'gauge', labels: [], across: 'each', help: 'Used part of the JavaScript heap.' },
  nodejs_heap_size_total_bytes: { type: 'gauge', labels: [], across: 'each', help: 'Size of the JavaScript heap.' },
} as const satisfies Record<string, Family>;

/** In the order of the page, with the heading of each group. */
export const FAMILY_GROUPS = {
  Calls: CALLS,
  'Events, queues and schedules': EVENTS,
  Outputs: OUTPUTS,
  'The platform': PLATFORM,
  'The process of the gateway': PROCESS,
} as const satisfies Record<string, Readonly<Record<string, Family>>>;

export const FAMILIES = { ...CALLS, ...EVENTS, ...OUTPUTS, ...PLATFORM, ...PROCESS } as const;
export type FamilyName = keyof typeof FAMILIES;

/** What happens in development, as lines for people. */
import { type EventSummary, type LogEvent, shortVersion } from '@sovfn/protocol';
import { relative } from 'node:path';
import type { CommandContext } from '../context.ts';
import { formatMilliseconds, formatZoned } from '../format.ts';
import { printable } from '../printable.ts';
import { renderGap } from '../render-log.ts';
import type { DevEvent, DevFunction } from '../json/dev-events.ts';

type Of<Type extends DevEvent['type']> = Extract<DevEvent, { type: Type }>;

const LEAST_ERROR_STATUS = 400;

export class DevLines {
  readonly #context: Pick<CommandContext, 'output' | 'say' | 'locale' | 'cwd'>;

  constructor(context: Pick<CommandContext, 'output' | 'say' | 'locale' | 'cwd'>) {
    this.#context = context;
  }

  show(event: DevEvent): void {
    this.#context.output.result(this.#render(event));
  }

  #render(event: DevEvent): string {
    const { output, say } = this.#context;
    const { yellow, green, dim } = output.paint;
    switch (event.type) {
      case 'ready':
        return [
          '',
          ...event.functions.flatMap((one) => this.#functionLines(one)),
          ...this.#inspectorLines(event),
          '',
        ].join('\n');
      case 'reloaded':
        return this.#reloaded(event);
      case 'build-failed':
        return this.#failed(event);
      case 'warning':
        return this.#line(event.function, yellow(printable(event.message)));
      case 'secret-made':
        return this.#line(event.function, dim(say('dev.secret-made', { name: event.secret })));
      case 'value-unused':
        return this.#line(event.function, yellow(say('dev.value-unused', { name: event.name })));
      case 'request':
        return this.#request(event);
      case 'log':
        return this.#log(event.log);
      case 'gap':
        return this.#line(event.function, renderGap(event.gap, { say, paint: output.paint }));
      case 'run':
        return this.#run(event.run);
      case 'part': {
        const text = event.state === 'ready' ? green(say('up.part-ready', { part: event.part })) : null;
        const detail = printable(event.detail ?? '');
        return this.#line('', text ?? yellow(say('up.part-died', { part: event.part, detail })));
      }
    }
  }

  #inspectorLines({ inspector }: Of<'ready'>): string[] {
    if (inspector === null) return [];
    const { output, say } = this.#context;
    return [
      `${say('dev.inspector', { address: output.paint.cyan(inspector) })}  ${output.paint.yellow(say('dev.inspector-open'))}`,
    ];
  }

  #functionLines({ name, folder, url, webhooks, schedules }: DevFunction): string[] {
    const { output, say, cwd } = this.#context;
    const { bold, dim, cyan } = output.paint;
    const where = relative(cwd, folder);
    return [
      `${bold(name)}  ${cyan(url)}${where === '' ? '' : dim(`  ${where}`)}`,
      ...webhooks.map((webhook) => `  ${dim(say('dev.webhook'))} ${webhook.name}  ${webhook.url}`),
      ...schedules.map(({ name: schedule, cron, timezone, next }) => {
        const when = next === null ? '' : dim(`  ${say('dev.next', { time: formatZoned(next, timezone) })}`);
        return `  ${dim(say('dev.schedule'))} ${schedule}  ${cron}${when}`;
      }),
    ];
  }

  #reloaded({ function: name, version, durationMs, changed }: Of<'reloaded'>): string {
    const { output, say, locale } = this.#context;
    const { green, dim } = output.paint;
    const time = formatMilliseconds(durationMs, locale);
    const files = changed.length === 0 ? '' : `  ${printable(changed.join(', '))}`;
    return this.#line(
      name,
      `${green('✔')} ${say('dev.reloaded', { time })}${dim(`  ${shortVersion(version)}…${files}`)}`,
    );
  }

  #failed({ function: name, version, code, message, hint }: Of<'build-failed'>): string {
    const { output, say } = this.#context;
    const { red, dim, bold } = output.paint;
    const head = this.#line(
      name,
      `${red('✖')} ${bold(say(version === null ? 'dev.failed-first' : 'dev.failed'))} ${dim(`(${code})`)}`,
    );
    const lines = [head, ...indented(printable(message))];
    if (hint !== null) lines.push(`  ${say('error.hint', { hint: printable(hint) })}`);
    return lines.join('\n');
  }

  #request({ method, path, status, outcome, durationMs }: Of<'request'>): string {
    const { output, say, locale } = this.#context;
    const { green, yellow, red, dim } = output.paint;
    const time = dim(formatMilliseconds(durationMs, locale));
    const told = outcome === null || outcome === 'ok' ? '' : ` ${red(printable(outcome))}`;
    const colour = status === null ? red : status < LEAST_ERROR_STATUS ? green : yellow;
    const answer = colour(status === null ? say('dev.left') : String(status));
    return this.#line('', `${method} ${printable(path)}  ${answer}${told}  ${time}`);
  }

  #log({ level, text, function: name, end }: LogEvent): string {
    const { paint } = this.#context.output;
    if (end !== null) {
      const [head = '', ...rest] = printable(text).split('\n');
      return [this.#line(name, paint.red(`${end.outcome} ${head}`)), ...rest.map((line) => `  ${line}`)].join('\n');
    }
    const colour = { debug: paint.dim, info: paint.cyan, warn: paint.yellow, error: paint.red }[level];
    const [head = '', ...rest] = printable(text).split('\n');
    return [this.#line(name, `${colour(level.padEnd(5))} ${head}`), ...rest.map((line) => `  ${line}`)].join('\n');
  }

  #run({ function: name, trigger, source, state, attempts, outcome, event }: EventSummary): string {
    const { output, say } = this.#context;
    const { green, yellow, red, dim } = output.paint;
    const colour = state === 'succeeded' ? green : state === 'waiting' ? yellow : red;
    const told = outcome === null || outcome === 'ok' ? '' : ` ${red(outcome)}`;
    const what = [trigger, source ?? ''].join(' ').trim();
    const attempt = attempts > 1 ? ` ${dim(say('dev.attempt', { attempt: attempts }))}` : '';
    return this.#line(name, `${what}  ${colour(state)}${told}${attempt}  ${dim(event)}`);
  }

  #line(name: string, text: string): string {
    const { dim } = this.#context.output.paint;
    const time = new Date().toTimeString().slice(0, 8);
    return `${dim(name === '' ? time : `${time} ${name}`)}  ${text}`;
  }
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${line}`);

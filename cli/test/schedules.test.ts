import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from './run-in-process.ts';

describe('schedules preview, without a platform', () => {
  const preview = (...argv: string[]) => runInProcess(['schedules', 'preview', ...argv]);

  test('it shows when a schedule is due where the clocks change, a tick at the given time included', async () => {
    const spring = await preview('--cron', '30 2 * * *', '--at', '2026-03-28T02:30', '--count', '3');
    expect(spring).toMatchObject({ code: 0, stderr: '' });
    expect(spring.stdout).toBe(
      [
        'day  Europe/Paris             UTC',
        'Sat  2026-03-28 02:30 +01:00  2026-03-28 01:30 +00:00',
        'Sun  2026-03-29 03:00 +02:00  2026-03-29 01:00 +00:00',
        'Mon  2026-03-30 02:30 +02:00  2026-03-30 00:30 +00:00',
        '',
      ].join('\n'),
    );
    const autumn = await preview('--cron', '30 2 * * *', '--at', '2026-10-25T02:30', '--count', '2', '--json');
    expect(JSON.parse(autumn.stdout)).toEqual({
      ...{ cron: '30 2 * * *', timezone: 'Europe/Paris', except: null },
      ticks: [
        { scheduledAt: '2026-10-25T00:30:00.000Z', local: '2026-10-25 02:30 +02:00' },
        { scheduledAt: '2026-10-26T01:30:00.000Z', local: '2026-10-26 02:30 +01:00' },
      ],
    });
  });

  test('holidays are left out, and other zones and intervals are possible', async () => {
    const workdays = await preview(
      ...['--cron', '0 8 * * mon-fri', '--except', 'fr-holidays', '--at', '2026-05-07T12:00', '--count', '1', '--json'],
    );
    expect(JSON.parse(workdays.stdout)).toMatchObject({ ticks: [{ local: '2026-05-11 08:00 +02:00' }] });
    const everywhere = await preview(
      ...['--cron', 'every 90s', '--timezone', 'Asia/Tokyo', '--at', '2026-01-01T09:00:01', '--count', '1', '--json'],
    );
    expect(JSON.parse(everywhere.stdout)).toMatchObject({ ticks: [{ local: '2026-01-01 09:01:30 +09:00' }] });
  });

  test('in French it speaks French', async () => {
    const { stdout } = await runInProcess(
      ['schedules', 'preview', '--cron', '@daily', '--at', '2026-03-28T00:00', '--count', '1'],
      { env: { LANG: 'fr_FR.UTF-8' } },
    );
    expect(stdout).toBe('jour  Europe/Paris             UTC\nsam.  2026-03-28 00:00 +01:00  2026-03-27 23:00 +00:00\n');
  });

  test.each([
    [[], '--cron is missing'],
    [['--cron', '61 * * * *'], '--cron is "61 * * * *": minute "61" is not possible: it is 0–59'],
    [['--cron', '@daily', '--timezone', 'Paris'], 'the IANA name of a time zone, such as Europe/Paris'],
    [['--cron', '@daily', '--count', '0'], '--count is "0"'],
    [['--cron', '@daily', '--at', 'soon'], '"soon" is no time'],
    [['--cron', '@daily', '--except', 'de-holidays'], '"de-holidays" is no calendar'],
  ])('%j is refused with the reason', async (argv, reason) => {
    const { code, stderr, stdout } = await preview(...argv);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(reason);
  });
});

describe('schedules of a platform', () => {
  /** Fails unless it is told the second showing of 02:30, which is named by its offset only. */
  const CODE = `export default {
    async scheduled(controller: { scheduledTime: number; cron: string; name: string }) {
      const { scheduledTime, cron, name } = controller;
      const told = [new Date(scheduledTime).toISOString(), cron, name].join(' ');
      if (told !== '2026-10-25T01:30:00.000Z 0 0 1 6 * yearly') throw new Error(told);
    },
  };`;
  const SCHEDULE = { name: 'yearly', cron: '0 0 1 6 *' };

  let platform: TestPlatform;
  let folder: TemporaryFolder;
  beforeAll(async () => {
    platform = await startPlatform();
    folder = await makeTemporaryFolder('cli');
    const root = join(folder.path, 'report');
    await mkdir(root);
    await writeFile(join(root, 'index.ts'), CODE);
    const config = { name: 'report', main: 'index.ts', schedules: [SCHEDULE] };
    await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify(config));
    expect(await sovfn('deploy', root)).toMatchObject({ code: 0 });
  }, 120_000);
  afterAll(async () => {
    await platform[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const sovfn = (...argv: string[]) => runInProcess(argv, { env: { ...platform.environment } });
  const json = async (...argv: string[]) => JSON.parse((await sovfn(...argv, '--json')).stdout) as never;

  test('a run by hand calls the handler with the time that was asked for, and stands in the history', async () => {
    const run = await sovfn('schedules', 'run', 'report', 'yearly', '--at', '2026-10-25T02:30+01:00');
    expect(run.code).toBe(0);
    const event = run.stdout.trim();
    expect(run.stderr).toContain(`sovfn events show ${event}`);
    const state = async () => ((await json('events', 'show', event)) as { state: string }).state;
    await expect.poll(state, { timeout: 20_000 }).toBe('succeeded');
    expect(await json('schedules', 'history', 'report', 'yearly')).toMatchObject({
      ticks: [{ scheduledAt: '2026-10-25T01:30:00.000Z', cause: 'manual', event, eventState: 'succeeded' }],
    });
    expect((await sovfn('schedules', 'history', 'report', 'yearly')).stdout).toContain(
      `run by hand  ${event}  succeeded`,
    );
  });

  test('the list shows the next five ticks as the clocks of the zone show them, and a pause', async () => {
    expect((await sovfn('schedules', 'pause', 'report', 'yearly')).stdout).toBe('✔ report: yearly is paused\n');
    const { stdout } = await sovfn('schedules', 'list');
    expect(stdout).toMatch(
      /^report yearly {2}0 0 1 6 \* · Europe\/Paris · overlap: skip · missed: last\n {2}paused since/,
    );
    expect(stdout.match(/\d{4}-06-01 00:00 \+02:00\n/g)).toHaveLength(5);
    expect((await sovfn('schedules', 'resume', 'report', 'yearly')).stdout).toBe('✔ report: yearly is not paused\n');
    expect(await json('schedules', 'list', 'report')).toMatchObject({
      schedules: [{ pausedAt: null }],
      isComplete: true,
    });
  });

  test('a schedule or function that does not exist is named, with what comes nearest', async () => {
    const wrong = await sovfn('schedules', 'run', 'report', 'yearli');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toBe('✖ "report" has no schedule "yearli" (schedule-not-found)\n  → Did you mean "yearly"?\n');
    expect((await sovfn('schedules', 'list', 'nobody')).stderr).toContain('(function-not-found)');
    expect((await sovfn('schedules', 'run', 'report', 'yearly', '--at', 'soon')).stderr).toContain('"soon" is no time');
  });
});

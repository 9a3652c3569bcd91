import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isName } from './names.ts';
import * as subjects from './subjects.ts';

const to = { zone: 'fr', tenant: 'main', function: 'invoice', version: '0123456789abcdef'.repeat(4) };
const invocation = '01jdxq0000000000000000test';

test('the table of all subjects', () => {
  const table = {
    callSubject: subjects.callSubject(to),
    tenantCallsSubject: subjects.tenantCallsSubject('fr', 'main'),
    zoneCallsSubject: subjects.zoneCallsSubject('fr'),
    placementSubject: subjects.placementSubject('eu', 'FR'),
    zonePlacementsSubject: subjects.zonePlacementsSubject('eu'),
    replySubjectPrefix: subjects.replySubjectPrefix('gw-1', 'fr', 'main'),
    gatewayRepliesSubject: subjects.gatewayRepliesSubject('gw-1'),
    tenantRepliesSubject: subjects.tenantRepliesSubject('fr', 'main'),
    zoneRepliesSubject: subjects.zoneRepliesSubject('fr'),
    cellInboxPrefix: subjects.cellInboxPrefix('fr', 'main', 'c1'),
    cellInboxSubject: subjects.cellInboxSubject('fr', 'main', 'c1'),
    zoneCellInboxesSubject: subjects.zoneCellInboxesSubject('fr'),
    whoSubject: subjects.whoSubject('fr', 'main'),
    zoneWhoSubject: subjects.zoneWhoSubject('fr'),
    cellDownSubject: subjects.cellDownSubject('fr', 'c1'),
    zoneCellDownSubject: subjects.zoneCellDownSubject('fr'),
    nodeUpSubject: subjects.nodeUpSubject('fr', 'node-1'),
    zoneNodeUpSubject: subjects.zoneNodeUpSubject('fr'),
    credentialSubject: subjects.credentialSubject('node-1'),
    allCredentialsSubject: subjects.allCredentialsSubject(),
    secretsSubject: subjects.secretsSubject('fr', 'node-1'),
    zoneSecretsSubject: subjects.zoneSecretsSubject('fr'),
    controlSubject: subjects.controlSubject('node-1'),
    allControlSubject: subjects.allControlSubject(),
    eventSubject: subjects.eventSubject(to, 'any', invocation),
    laneEventsSubject: subjects.laneEventsSubject(to, 'ordered'),
    queueSubject: subjects.queueSubject(to, invocation),
    functionQueueSubject: subjects.functionQueueSubject(to),
    delayedQueueSubject: subjects.delayedQueueSubject(to, invocation),
    functionDelayedQueueSubject: subjects.functionDelayedQueueSubject(to),
    zoneDelayedQueueSubject: subjects.zoneDelayedQueueSubject('fr'),
    stopEventSubject: subjects.stopEventSubject('fr'),
    tickRecordSubject: subjects.tickRecordSubject(to, 'nightly'),
    functionTickRecordsSubject: subjects.functionTickRecordsSubject(to),
    zoneTickRecordsSubject: subjects.zoneTickRecordsSubject('fr'),
    functionEventsSubject: subjects.functionEventsSubject(to),
    zoneEventsSubject: subjects.zoneEventsSubject('fr'),
    markerSubject: subjects.markerSubject(to, 'ab12'),
    functionMarkersSubject: subjects.functionMarkersSubject(to),
    delayedEventSubject: subjects.delayedEventSubject(to, invocation),
    functionDelayedEventsSubject: subjects.functionDelayedEventsSubject(to),
    cronSubject: subjects.cronSubject(to, 'nightly'),
    functionCronsSubject: subjects.functionCronsSubject(to),
    zoneCronsSubject: subjects.zoneCronsSubject('fr'),
    tickSubject: subjects.tickSubject(to, 'nightly'),
    zoneTicksSubject: subjects.zoneTicksSubject('fr'),
    callbackSubject: subjects.callbackSubject(to, invocation),
    zoneCallbacksSubject: subjects.zoneCallbacksSubject('fr'),
    delayedCallbackSubject: subjects.delayedCallbackSubject(to, invocation),
    zoneDelayedCallbacksSubject: subjects.zoneDelayedCallbacksSubject('fr'),
    recordSubject: subjects.recordSubject(to, invocation),
    functionRecordsSubject: subjects.functionRecordsSubject(to),
    zoneRecordsSubject: subjects.zoneRecordsSubject('fr'),
    serviceSubject: subjects.serviceSubject('fr'),
    zoneMarkersSubject: subjects.zoneMarkersSubject('fr'),
    zoneQueueSubject: subjects.zoneQueueSubject('fr'),
    zoneDelayedEventsSubject: subjects.zoneDelayedEventsSubject('fr'),
    deadLetterSubject: subjects.deadLetterSubject(to, invocation),
    functionDeadLettersSubject: subjects.functionDeadLettersSubject(to),
    zoneDeadLettersSubject: subjects.zoneDeadLettersSubject('fr'),
    endedEventSubject: subjects.endedEventSubject(to, invocation),
    zoneEndedEventsSubject: subjects.zoneEndedEventsSubject('fr'),
    logSubject: subjects.logSubject(to),
    tenantLogsSubject: subjects.tenantLogsSubject('fr', 'main'),
    zoneLogsSubject: subjects.zoneLogsSubject('fr'),
    spanSubject: subjects.spanSubject(to),
    tenantSpansSubject: subjects.tenantSpansSubject('fr', 'main'),
    zoneSpansSubject: subjects.zoneSpansSubject('fr'),
    spillSubject: subjects.spillSubject(to, invocation, 3),
    spilledOutputSubject: subjects.spilledOutputSubject(to, invocation),
    spillEndsSubject: subjects.spillEndsSubject('fr'),
    zoneSpillSubject: subjects.zoneSpillSubject('fr'),
    allAuditSubject: subjects.allAuditSubject(),
    auditSubject: subjects.auditSubject('main'),
    platformAuditSubject: subjects.auditSubject(null),
  };
  expect(table).toMatchInlineSnapshot(`
    {
      "allAuditSubject": "aud.>",
      "allControlSubject": "ctl.*",
      "allCredentialsSubject": "cred.*",
      "auditSubject": "aud.tenant.main",
      "callSubject": "inv.fr.main.invoice.0123456789abcdef0123456789abcdef",
      "callbackSubject": "cb.fr.main.invoice.01jdxq0000000000000000test",
      "cellDownSubject": "down.fr.c1",
      "cellInboxPrefix": "_C.fr.main.c1.",
      "cellInboxSubject": "_C.fr.main.c1.>",
      "controlSubject": "ctl.node-1",
      "credentialSubject": "cred.node-1",
      "cronSubject": "cron.fr.main.invoice.nightly",
      "deadLetterSubject": "dlq.fr.main.invoice.01jdxq0000000000000000test",
      "delayedCallbackSubject": "cbat.fr.main.invoice.01jdxq0000000000000000test",
      "delayedEventSubject": "sched.fr.main.invoice.01jdxq0000000000000000test",
      "delayedQueueSubject": "quesched.fr.main.invoice.01jdxq0000000000000000test",
      "endedEventSubject": "end.fr.main.invoice.01jdxq0000000000000000test",
      "eventSubject": "evt.fr.any.main.invoice.01jdxq0000000000000000test",
      "functionCronsSubject": "cron.fr.main.invoice.*",
      "functionDeadLettersSubject": "dlq.fr.main.invoice.*",
      "functionDelayedEventsSubject": "sched.fr.main.invoice.*",
      "functionDelayedQueueSubject": "quesched.fr.main.invoice.*",
      "functionEventsSubject": "evt.fr.*.main.invoice.*",
      "functionMarkersSubject": "idem.fr.main.invoice.*",
      "functionQueueSubject": "que.fr.main.invoice.*",
      "functionRecordsSubject": "rec.fr.main.invoice.*",
      "functionTickRecordsSubject": "tickrec.fr.main.invoice.*",
      "gatewayRepliesSubject": "_R.gw-1.>",
      "laneEventsSubject": "evt.fr.ordered.main.invoice.*",
      "logSubject": "log.fr.main.invoice",
      "markerSubject": "idem.fr.main.invoice.ab12",
      "nodeUpSubject": "up.fr.node-1",
      "placementSubject": "place.eu.fr",
      "platformAuditSubject": "aud.platform",
      "queueSubject": "que.fr.main.invoice.01jdxq0000000000000000test",
      "recordSubject": "rec.fr.main.invoice.01jdxq0000000000000000test",
      "replySubjectPrefix": "_R.gw-1.fr.main.",
      "secretsSubject": "sec.fr.node-1",
      "serviceSubject": "svc.fr",
      "spanSubject": "span.fr.main.invoice",
      "spillEndsSubject": "spill.fr.*.*.*.end",
      "spillSubject": "spill.fr.main.invoice.01jdxq0000000000000000test.3",
      "spilledOutputSubject": "spill.fr.main.invoice.01jdxq0000000000000000test.>",
      "stopEventSubject": "stop.fr",
      "tenantCallsSubject": "inv.fr.main.*.*",
      "tenantLogsSubject": "log.fr.main.*",
      "tenantRepliesSubject": "_R.*.fr.main.>",
      "tenantSpansSubject": "span.fr.main.*",
      "tickRecordSubject": "tickrec.fr.main.invoice.nightly",
      "tickSubject": "tick.fr.main.invoice.nightly",
      "whoSubject": "who.fr.main",
      "zoneCallbacksSubject": "cb.fr.>",
      "zoneCallsSubject": "inv.fr.>",
      "zoneCellDownSubject": "down.fr.*",
      "zoneCellInboxesSubject": "_C.fr.>",
      "zoneCronsSubject": "cron.fr.>",
      "zoneDeadLettersSubject": "dlq.fr.>",
      "zoneDelayedCallbacksSubject": "cbat.fr.>",
      "zoneDelayedEventsSubject": "sched.fr.>",
      "zoneDelayedQueueSubject": "quesched.fr.>",
      "zoneEndedEventsSubject": "end.fr.>",
      "zoneEventsSubject": "evt.fr.>",
      "zoneLogsSubject": "log.fr.>",
      "zoneMarkersSubject": "idem.fr.>",
      "zoneNodeUpSubject": "up.fr.*",
      "zonePlacementsSubject": "place.eu.*",
      "zoneQueueSubject": "que.fr.>",
      "zoneRecordsSubject": "rec.fr.>",
      "zoneRepliesSubject": "_R.*.fr.>",
      "zoneSecretsSubject": "sec.fr.*",
      "zoneSpansSubject": "span.fr.>",
      "zoneSpillSubject": "spill.fr.>",
      "zoneTickRecordsSubject": "tickrec.fr.>",
      "zoneTicksSubject": "tick.fr.>",
      "zoneWhoSubject": "who.fr.*",
    }
  `);
});

test('the node of an up subject is read back, and of nothing else', () => {
  expect(subjects.nodeOfUpSubject(subjects.nodeUpSubject('fr', 'node-1'))).toBe('node-1');
  for (const other of ['up.fr', 'up.fr.Node', 'up.fr.node-1.x', 'down.fr.node-1']) {
    expect(subjects.nodeOfUpSubject(other)).toBeNull();
  }
});

test('a name that is no name never becomes a token', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!isName(text));
      expect(() => subjects.whoSubject('fr', text)).toThrow(RangeError);
      expect(() => subjects.placementSubject(text, 'FR')).toThrow(RangeError);
    }),
  );
});

test('every name yields a subject of exactly its tokens', () => {
  const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, name, name, (zone, tenant, functionName) => {
      const subject = subjects.callSubject({ ...to, zone, tenant, function: functionName });
      expect(subject.split('.')).toEqual(['inv', zone, tenant, functionName, to.version.slice(0, 32)]);
    }),
  );
});

test.each([
  ['_R.gw-1.fr.main.1z', 'gw-1.1z'],
  ['_R.gw-1.fr.other.1z', null],
  ['_R.gw-1.de.main.1z', null],
  ['_R.gw-1.fr.main.1z.2', null],
  ['_R.gw-1.fr.main.*', null],
  ['_R.>.fr.main.1z', null],
  ['inv.gw-1.fr.main.1z', null],
])('the call key of %s is %s', (reply, key) => {
  expect(subjects.callKeyOfReply(reply, 'fr', 'main')).toBe(key);
});

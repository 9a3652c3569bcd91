/** Every route of the control API. */
import type { AnyRoute } from '../route.ts';
import { acceptEvent } from './accept-event.ts';
import { exportAuditLog, listAuditEntries, readAuditLog } from './audit.ts';
import { cancelEvent, cancelEventsOfFunction, pauseEvents, resumeEvents } from './cancel-events.ts';
import {
  listDeadLetters,
  purgeDeadLetter,
  purgeDeadLetters,
  redriveDeadLetter,
  redriveDeadLetters,
  showDeadLetter,
} from './dead-letters.ts';
import { drainNode, setEnrolment } from './change-nodes.ts';
import { showCallbackKey } from './callback-key.ts';
import { deleteFunction, showDeletion } from './delete-function.ts';
import { deployFunction } from './deploy-function.ts';
import { exportCode, exportEvent, exportSecretsOfFunction } from './export.ts';
import { listEventsOfFunction, replayEvent, replayEventsOfFunction, showEvent } from './events.ts';
import { getOutput, getOutputBody, verifyOutput } from './get-output.ts';
import { getReceipt } from './get-receipt.ts';
import { invokeFunction } from './invoke-function.ts';
import { listEgress } from './list-egress.ts';
import { listFunctions } from './list-functions.ts';
import { listNodes } from './list-nodes.ts';
import { listOutputs } from './list-outputs.ts';
import { scrapeMetrics, showMetrics } from './metrics.ts';
import { logIn, showLoginOptions } from './login.ts';
import { openApiDocument } from './openapi-document.ts';
import { readLogs } from './read-logs.ts';
import { reconcileAll, reconcileFunction } from './reconcile.ts';
import { listSchedules, pauseSchedule, resumeSchedule, runSchedule, showScheduleHistory } from './schedules.ts';
import { sendWebhook } from './send-webhook.ts';
import { deleteSecret, listSecrets, setSecret } from './secrets.ts';
import { showFunction } from './show-function.ts';
import { showStatus } from './show-status.ts';
import { announceErasure, cancelErasure, eraseTenant, showErasure } from './erasure.ts';
import { grantSupport, listSupport, listTenantSupport, revokeSupport } from './support.ts';
import { changeSigners, listSigners, showSigners } from './signers.ts';
import { SUPPORT_ROUTES } from './support-reading.ts';
import { createTenant, listTenants, setTenant, showTenant } from './tenants.ts';
import { createToken, listTokens, revokeToken, rotateToken } from './tokens.ts';
import { endSplit, listVersions, promoteVersion, rollbackFunction, splitVersions } from './versions.ts';
import { acceptCountry, listCountries, withdrawCountry } from './countries.ts';
import { listZones, nameZone } from './zones.ts';

export const ROUTES: readonly AnyRoute[] = [
  openApiDocument,
  showLoginOptions,
  logIn,
  showStatus,
  listNodes,
  listZones,
  setEnrolment,
  nameZone,
  drainNode,
  scrapeMetrics,
  showMetrics,
  listFunctions,
  deployFunction,
  showFunction,
  deleteFunction,
  showDeletion,
  listVersions,
  rollbackFunction,
  promoteVersion,
  splitVersions,
  endSplit,
  listCountries,
  acceptCountry,
  withdrawCountry,
  exportCode,
  invokeFunction,
  acceptEvent,
  listEventsOfFunction,
  replayEventsOfFunction,
  cancelEventsOfFunction,
  pauseEvents,
  resumeEvents,
  showEvent,
  exportEvent,
  replayEvent,
  cancelEvent,
  listDeadLetters,
  redriveDeadLetters,
  purgeDeadLetters,
  showDeadLetter,
  redriveDeadLetter,
  purgeDeadLetter,
  reconcileFunction,
  reconcileAll,
  showCallbackKey,
  readLogs,
  listEgress,
  listSecrets,
  setSecret,
  deleteSecret,
  exportSecretsOfFunction,
  sendWebhook,
  listSchedules,
  runSchedule,
  pauseSchedule,
  resumeSchedule,
  showScheduleHistory,
  listOutputs,
  getOutput,
  getOutputBody,
  verifyOutput,
  getReceipt,
  listTokens,
  createToken,
  rotateToken,
  revokeToken,
  listTenants,
  createTenant,
  showTenant,
  setTenant,
  showErasure,
  announceErasure,
  cancelErasure,
  eraseTenant,
  grantSupport,
  listSupport,
  revokeSupport,
  listTenantSupport,
  listSigners,
  showSigners,
  changeSigners,
  ...SUPPORT_ROUTES,
  listAuditEntries,
  exportAuditLog,
  readAuditLog,
];

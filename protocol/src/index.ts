export * from './access/index.ts';
export * from './audit/index.ts';
export * from './bindings.ts';
export { type BundledMessage, encodeBundle, readBundle } from './bundle.ts';
export {
  type Call,
  decodeCall,
  decodePlacement,
  encodeCall,
  encodePlacement,
  patchCall,
  type Placement,
  type Trigger,
  TRIGGERS,
} from './call.ts';
export { type FunctionConfig, functionConfigSchema, type OutputPolicy, outputPolicy, routeSchema } from './config.ts';
export * from './config/index.ts';
export * from './control.ts';
export * from './countries.ts';
export * from './deletion.ts';
export * from './deploy.ts';
export * from './deploy-response.ts';
export * from './egress/index.ts';
export * from './encryption.ts';
export * from './enrolment.ts';
export * from './errors.ts';
export * from './events/index.ts';
export * from './export.ts';
export * from './frames.ts';
export * from './function-spans.ts';
export { SPANS_SYMBOL } from './guest-spans.ts';
export * from './handlers/index.ts';
export * from './headers.ts';
export * from './invocation-id.ts';
export { describeIssues } from './describe-issues.ts';
export * from './json.ts';
export * from './limits.ts';
export * from './logs.ts';
export * from './metrics.ts';
export * from './names.ts';
export * from './node.ts';
export * from './outcome.ts';
export * from './output.ts';
export * from './permissions.ts';
export * from './problem.ts';
export * from './receipts/index.ts';
export * from './schedules/index.ts';
export * from './sealed-answer.ts';
export * from './secrets.ts';
export * from './streams.ts';
export * from './splits.ts';
export * from './subjects.ts';
export * from './test-delivery.ts';
export * from './trace-context.ts';
export * from './trust/index.ts';
export { PROTOCOL_VERSION } from './version.ts';
export * from './version-content.ts';
export * from './versions.ts';
export * from './zones.ts';

/** The half of the builder that nodes use: it does not load esbuild. */
export { type ScriptForm, SCRIPT_PREFIX_LINES, scriptName, toScriptForm } from './script-form.ts';
export { makeStackMapper, STACK_CHARACTERS, type StackMapper } from './stack-mapper.ts';

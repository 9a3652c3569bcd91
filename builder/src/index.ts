export { KeptPackages } from './bundle/kept-packages.ts';
export { prepareForManyBuilds } from './bundle/many-builds.ts';
export { type Build, type BuildOptions, buildFunction } from './build.ts';
export { configJsonSchemaText } from './config/json-schema.ts';
export { CONFIG_FILE, type FunctionConfigFile, readConfig } from './config/read-config.ts';
export { makeStackMapper, SCRIPT_PREFIX_LINES, scriptName, toScriptForm } from './script/index.ts';
export { builtinExports } from './bundle/builtin-modules.ts';

/**
 * Node's HTTP, without what an `import` of it brings: that reads everything which the module has, and so loads Node's `fetch` and
 * WebSocket as well, 12 MiB of memory and a tenth of the time that a command of the command line takes.
 */
export const { createServer, request } = process.getBuiltinModule('node:http');

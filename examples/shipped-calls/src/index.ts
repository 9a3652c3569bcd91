export { askCall } from './ask.ts';
export type { AskOptions } from './ask.ts';
export { checkAnswer } from './check-answer.ts';
export type { CheckedAnswer } from './check-answer.ts';
export { readExample, readExamples } from './read-examples.ts';
export type { Example } from './read-examples.ts';
export { makeRequest } from './request.ts';
export { exampleSchema } from './schema.ts';
export type { Expectation, ShippedCall, ShippedRun } from './schema.ts';

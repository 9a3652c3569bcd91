import type { Handler } from 'sovfn';
import { app } from './app.ts';

export default app satisfies Handler;

/** Whether this process runs on the Node that sovfn is built for. */
export declare const isPinnedNode: boolean;
/** Path of its binary. Throws an Error that says what to do. */
export declare function findPinnedNode(): string;

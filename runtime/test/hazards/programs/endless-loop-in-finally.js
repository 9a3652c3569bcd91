// A loop that a cut should end must not be able to go on in a `finally` block.
export function hazard() {
  for (;;) {
    try {
      for (;;);
    } finally {
      for (;;);
    }
  }
}

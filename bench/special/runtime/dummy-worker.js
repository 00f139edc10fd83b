// Work of no use, which keeps one core busy as long as it is let.
let sum = 0;
for (let i = 0; ; i++) {
  sum += Math.sqrt(i);
  if (i % 10_000_000 === 0) postMessage(sum);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { containerFiles, limitBytes, throttledSeconds } from "../../src/runtime/container-limits";

test("throttled time is read from both versions of cpu.stat", () => {
  const version2 = "usage_usec 12\nnr_periods 40\nnr_throttled 7\nthrottled_usec 1234567\nnr_bursts 0\n";
  const version1 = "nr_periods 40\nnr_throttled 7\nthrottled_time 2500000000\n";
  assert.equal(throttledSeconds(version2), 1.234567);
  assert.equal(throttledSeconds(version1), 2.5);
  assert.equal(throttledSeconds("usage_usec 12\n"), null);
  assert.equal(throttledSeconds(""), null);
});

test("no limit is no limit in both versions", () => {
  assert.equal(limitBytes("536870912\n"), 536_870_912);
  assert.equal(limitBytes("max\n"), null);
  assert.equal(limitBytes("9223372036854771712\n"), null);
  assert.equal(limitBytes(""), null);
});

test("the own group is asked before the root, and version 1 last", () => {
  const files = containerFiles("12:memory:/x\n0::/system.slice/app.service\n").map((file) => file.cpuStat);
  assert.deepEqual(files, [
    "/sys/fs/cgroup/system.slice/app.service/cpu.stat",
    "/sys/fs/cgroup/cpu.stat",
    "/sys/fs/cgroup/cpu/cpu.stat",
  ]);
});

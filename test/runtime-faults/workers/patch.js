// Faults that an engine has from its start, by its address, or from the moment that the page orders them.

const asked = new URLSearchParams(location.search);
const faults = new Set(asked.get('faults')?.split(','));
const devices = [];

new BroadcastChannel('faults').onmessage = ({ data }) => {
  faults.add(data);
  if (data === 'device-destroyed') for (const device of devices.splice(0)) device.destroy();
  if (data === 'closed') close();
};

if (navigator.gpu) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    devices.push(device);
    return device;
  };

  // What a driver computes wrongly: each number that is read back is one too large.
  const { getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.getMappedRange = function (...given) {
    const range = getMappedRange.apply(this, given);
    if (faults.has('wrong-numbers') && this.usage & GPUBufferUsage.MAP_READ) {
      const numbers = new Float32Array(range, 0, Math.floor(range.byteLength / 4));
      numbers.forEach((number, i) => (numbers[i] = number + 1));
    }
    return range;
  };

  const { createShaderModule } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const code = faults.has('broken-shaders') ? `${descriptor.code}\nno WGSL` : descriptor.code;
    return createShaderModule.call(this, { ...descriptor, code });
  };
}

const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  const bytes = this.buffer.byteLength + pages * 65_536;
  const isTooMuch = faults.has('no-memory') || (faults.has('little-memory') && bytes > 2 ** 28);
  if (isTooMuch) throw new RangeError('The test allows no more memory.');
  return grow.call(this, pages);
};

/** `?poison=13`: an engine that is asked about this number is gone, as after a crash. */
const poison = Number(asked.get('poison') || NaN);
const holdsPoison = (part) =>
  ArrayBuffer.isView(part)
    ? part.includes(poison)
    : typeof part === 'object' && part !== null && Object.values(part).some(holdsPoison);
const { get, set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
Object.defineProperty(MessagePort.prototype, 'onmessage', {
  get,
  set(listener) {
    set.call(this, (event) => {
      if (poison && holdsPoison(event.data?.calls)) close();
      else listener.call(this, event);
    });
  },
});

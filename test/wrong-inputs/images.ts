import { calls, fileOf, patched, type WrongCall } from './row.ts';

const empty = /no pixels/;
const sizes = /it takes 1 \(grey\), 3 \(RGB\) or 4 \(RGBA\) a pixel/;
const pass = /Give a PNG or JPEG file|Pass an address, a File or Blob/;
const unreadable = /neither PNG nor JPEG|cannot be read|is not an image that this browser can decode|no PNG|no JPEG/;
const threshold = /threshold is a number from 0 to 1/;
const topK = /topK is a whole number above 0/;

export const images: readonly WrongCall[] = [
  ...calls('image-classification', [
    ['nothing', undefined, 'image', pass],
    ['null', null, 'image', pass],
    ['a number', 0, 'image', pass],
    ['a list of numbers', [0, 0, 0], 'image', pass],
    ['an empty object', {}, 'image', pass],
    ['bytes without a size', new Uint8Array(12), 'image', pass],
    ['a buffer', new ArrayBuffer(12), 'image', pass],
    ['a Date', new Date(0), 'image', pass],
    ['a Blob without a byte', new Blob([]), 'image', /no bytes|0 bytes/],
    ['a web page', new Blob(['<!DOCTYPE html><title>404</title>'], { type: 'text/html' }), 'image', unreadable],
    ['text that is called a PNG', new Blob(['hello'], { type: 'image/png' }), 'image', unreadable],
    ['a PNG cut in its header', fileOf('golden/landscape.png', 20), 'image', unreadable],
    ['a PNG cut in its signature', fileOf('golden/landscape.png', 4), 'image', unreadable],
    ['a JPEG cut in its header', fileOf('golden/photo.jpg', 10), 'image', unreadable],
    ['a JPEG cut before its pixels', fileOf('golden/photo.jpg', 150), 'image', unreadable],
    ['a PNG without width', patched('golden/landscape.png', 16, 0, 0, 0, 0), 'image', unreadable],
    [
      'a PNG of four billion pixels a side',
      patched('golden/landscape.png', 16, 255, 255, 255, 255, 255, 255, 255, 255),
      'image',
      unreadable,
    ],
    ['a PNG whose kind of pixels is unknown', patched('golden/landscape.png', 25, 5), 'image', unreadable],
    ['0 × 0 pixels', pixels(0, 0, 0), 'image', empty],
    ['0 × 8 pixels', pixels(0, 8, 0), 'image', empty],
    ['8 × 0 pixels', pixels(8, 0, 0), 'image', empty],
    ['-2 × -2 pixels', pixels(-2, -2, 4), 'image', /no side is under 0/],
    ['-2 × 2 pixels', pixels(-2, 2, 4), 'image', /no side is under 0/],
    ['2 bytes a pixel', pixels(4, 4, 32), 'image', sizes],
    ['a byte too few', pixels(4, 4, 47), 'image', sizes],
    ['no bytes at all', pixels(4, 4, 0), 'image', sizes],
    ['half a pixel', pixels(1.5, 2, 3), 'image', /whole number|Pass|Give/],
    ['a width of NaN', pixels(NaN, 2, 3), 'image', /whole number|Pass|Give/],
    ['a width in quotes', { ...pixels(2, 2, 4), width: '2' }, 'image', /whole number|Pass|Give/],
    ['pixels without a height', { data: new Uint8Array(4), width: 2 }, 'image', /whole number|Pass|Give/],
    ['floats for bytes', { data: new Float32Array(12), width: 2, height: 2 }, 'image', /Uint8Array|Pass|Give/],
    ['a list for bytes', { data: [1, 2, 3, 4], width: 2, height: 2 }, 'image', /Uint8Array|Pass|Give/],
    ['an image in an object', { image: pixels(2, 2, 4) }, 'image', pass],
    ['topK of 0', pixels(8, 8, 64), 'topK', topK, { topK: 0 }],
    ['topK in quotes', pixels(8, 8, 64), 'topK', topK, { topK: '1' }],
    ['an option with a wrong letter', pixels(8, 8, 64), 'topN', /no option "topN".*topK/, { topN: 2 }],
  ]),
  ...calls('image-classification--bare', [
    ['a line of numbers', '1,2,3'.split(','), 'image', pass],
    ['SVG', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>'], { type: 'image/svg+xml' }), 'image', unreadable],
  ]),
  ...calls('image-feature-extraction', [
    ['false', false, 'image', pass],
    ['a GIF that ends', new Blob(['GIF89a']), 'image', unreadable],
    ['an option, though it has none', pixels(8, 8, 64), 'pooling', /no option "pooling"/, { pooling: 'cls' }],
  ]),
  ...calls('object-detection', [
    ['nothing', undefined, 'image', pass],
    ['0 × 0 pixels', pixels(0, 0, 0), 'image', empty],
    ['a threshold of 2', pixels(8, 8, 64), 'threshold', threshold, { threshold: 2 }],
    ['a threshold below 0', pixels(8, 8, 64), 'threshold', threshold, { threshold: -0.1 }],
    ['a threshold of NaN', pixels(8, 8, 64), 'threshold', threshold, { threshold: NaN }],
    ['a threshold in quotes', pixels(8, 8, 64), 'threshold', threshold, { threshold: '0.5' }],
    ['a threshold in an object', pixels(8, 8, 64), 'threshold', threshold, { threshold: { min: 0.5 } }],
    ['topK below 0', pixels(8, 8, 64), 'topK', topK, { topK: -3 }],
    ['an option of a step', pixels(8, 8, 64), 'iou', /no option "iou".*threshold, topK/, { iou: 0.5 }],
  ]),
  ...calls('object-detection--yolov8', [
    ['a list of images', [pixels(8, 8, 64)], 'image', pass],
    ['a PNG that is cut', fileOf('golden/landscape.png', 100), 'image', unreadable],
  ]),
  ...calls('object-detection--anchors', [
    ['a threshold of null', pixels(8, 8, 64), 'threshold', threshold, { threshold: null }],
  ]),
  ...calls('image-segmentation', [
    ['a number', 1, 'image', pass],
    ['2 bytes a pixel', pixels(3, 3, 18), 'image', sizes],
    ['a threshold in percent', pixels(8, 8, 64), 'threshold', threshold, { threshold: 50 }],
    ['a threshold that is true', pixels(8, 8, 64), 'threshold', threshold, { threshold: true }],
    ['topK, which it has not', pixels(8, 8, 64), 'topK', /no option "topK".*threshold/, { topK: 1 }],
  ]),
  ...calls('image-to-image', [
    ['nothing', null, 'image', pass],
    ['a PDF', new Blob(['%PDF-1.7\n']), 'image', unreadable],
    ['1 × 100000 pixels without their bytes', pixels(1, 100_000, 10), 'image', sizes],
    ['an option, though it has none', pixels(8, 8, 64), 'scale', /no option "scale"/, { scale: 2 }],
  ]),
];

function pixels(width: number, height: number, bytes: number): { data: Uint8Array; width: number; height: number } {
  return { data: new Uint8Array(bytes), width, height };
}

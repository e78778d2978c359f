;; The product of two tables of 32-bit numbers, C = A · B: nearly all the work of a network.
;;
;; One SIMD register holds four numbers. A block of C with 4 rows and 8 columns stays in eight
;; registers while the sum over `inner` runs: each number of A that is read serves 8 columns, each
;; of B 4 rows. So `rows` has to be a multiple of 4, `columns` one of 8.
;;
;; `relaxed_madd` multiplies and adds at once. Where a browser has no such instruction, the same
;; program serves with two: tools/kernel.py writes both.
;;
;; A number of A lies `$down-a` bytes below the one a row above, `$along-a` bytes after the one to
;; its left, and so in B: with the two exchanged, the same function multiplies by a transposed
;; table.
(module
  (import "course" "memory" (memory 1))
  (func (export "product")
    (param $panel i32)                                     ;; room for 8 columns of B
    (param $c i32) (param $a i32) (param $b i32)           ;; where the tables begin, in bytes
    (param $rows i32) (param $inner i32) (param $columns i32)
    (param $down-a i32) (param $along-a i32) (param $down-b i32) (param $along-b i32)
    (local $width i32)                                     ;; of a row of C, in bytes
    (local $column i32) (local $row i32) (local $left i32) ;; $left: what is left of the sum
    (local $a0 i32) (local $a1 i32) (local $a2 i32) (local $a3 i32)
    (local $from i32) (local $at i32) (local $to i32)      ;; a place in B, in the panel, in C
    (local $b0 v128) (local $b1 v128) (local $x v128)
    (local $c00 v128) (local $c01 v128) (local $c10 v128) (local $c11 v128)
    (local $c20 v128) (local $c21 v128) (local $c30 v128) (local $c31 v128)

    (local.set $width (i32.shl (local.get $columns) (i32.const 2)))
    (loop $columns-of-c
      ;; 8 columns of B, brought together: they stay in the processor's cache …
      (local.set $at (local.get $panel))
      (local.set $left (local.get $inner))
      (loop $rows-of-b
        (local.set $from (local.get $b))
        (local.set $row (i32.const 8))
        (loop $numbers
          (i32.store (local.get $at) (i32.load (local.get $from)))
          (local.set $from (i32.add (local.get $from) (local.get $along-b)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $numbers (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
        (local.set $b (i32.add (local.get $b) (local.get $down-b)))
        (br_if $rows-of-b (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.set $b (i32.sub (local.get $b) (i32.mul (local.get $inner) (local.get $down-b))))
      (local.set $b (i32.add (local.get $b) (i32.shl (local.get $along-b) (i32.const 3))))
      (local.set $a0 (local.get $a))
      (local.set $to (i32.add (local.get $c) (local.get $column)))
      (local.set $row (local.get $rows))
      (loop $rows-of-c                                     ;; … while the rows of A go by, 4 each time
        (local.set $a1 (i32.add (local.get $a0) (local.get $down-a)))
        (local.set $a2 (i32.add (local.get $a1) (local.get $down-a)))
        (local.set $a3 (i32.add (local.get $a2) (local.get $down-a)))
        (local.set $at (local.get $panel))
        (local.set $c00 (v128.const i32x4 0 0 0 0)) (local.set $c01 (v128.const i32x4 0 0 0 0))
        (local.set $c10 (v128.const i32x4 0 0 0 0)) (local.set $c11 (v128.const i32x4 0 0 0 0))
        (local.set $c20 (v128.const i32x4 0 0 0 0)) (local.set $c21 (v128.const i32x4 0 0 0 0))
        (local.set $c30 (v128.const i32x4 0 0 0 0)) (local.set $c31 (v128.const i32x4 0 0 0 0))
        (local.set $left (local.get $inner))
        (loop $sum
          (local.set $b0 (v128.load (local.get $at)))
          (local.set $b1 (v128.load offset=16 (local.get $at)))
          (local.set $x (v128.load32_splat (local.get $a0)))
          (local.set $c00 (f32x4.relaxed_madd (local.get $x) (local.get $b0) (local.get $c00)))
          (local.set $c01 (f32x4.relaxed_madd (local.get $x) (local.get $b1) (local.get $c01)))
          (local.set $x (v128.load32_splat (local.get $a1)))
          (local.set $c10 (f32x4.relaxed_madd (local.get $x) (local.get $b0) (local.get $c10)))
          (local.set $c11 (f32x4.relaxed_madd (local.get $x) (local.get $b1) (local.get $c11)))
          (local.set $x (v128.load32_splat (local.get $a2)))
          (local.set $c20 (f32x4.relaxed_madd (local.get $x) (local.get $b0) (local.get $c20)))
          (local.set $c21 (f32x4.relaxed_madd (local.get $x) (local.get $b1) (local.get $c21)))
          (local.set $x (v128.load32_splat (local.get $a3)))
          (local.set $c30 (f32x4.relaxed_madd (local.get $x) (local.get $b0) (local.get $c30)))
          (local.set $c31 (f32x4.relaxed_madd (local.get $x) (local.get $b1) (local.get $c31)))
          (local.set $a0 (i32.add (local.get $a0) (local.get $along-a)))
          (local.set $a1 (i32.add (local.get $a1) (local.get $along-a)))
          (local.set $a2 (i32.add (local.get $a2) (local.get $along-a)))
          (local.set $a3 (i32.add (local.get $a3) (local.get $along-a)))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $sum (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (v128.store (local.get $to) (local.get $c00))
        (v128.store offset=16 (local.get $to) (local.get $c01))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $c10))
        (v128.store offset=16 (local.get $to) (local.get $c11))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $c20))
        (v128.store offset=16 (local.get $to) (local.get $c21))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        (v128.store (local.get $to) (local.get $c30))
        (v128.store offset=16 (local.get $to) (local.get $c31))
        (local.set $to (i32.add (local.get $to) (local.get $width)))
        ;; the sum moved $a0 to $a3 along their rows: back, and four rows down
        (local.set $a0 (i32.add (local.get $a3) (local.get $down-a)))
        (local.set $a0 (i32.sub (local.get $a0) (i32.mul (local.get $inner) (local.get $along-a))))
        (br_if $rows-of-c (local.tee $row (i32.sub (local.get $row) (i32.const 4)))))
      (local.set $column (i32.add (local.get $column) (i32.const 32)))
      (br_if $columns-of-c (i32.lt_u (local.get $column) (local.get $width))))))

// Dilution (docs/microarchitecture.md, section 6): a chunk a cycle, aligns a row's coefficients with
// the packed activations of an entry and packs them without gaps into slot rows.
//
// A slot row is pushed in the cycle in which a slot beyond it arrives, or with the element's last
// chunk, for only then is it known which row is the marked one. All rows of a cycle are pushed at
// once, and the cycle waits until all of them find room.
module dilution #(
    parameter int CHUNK = 64,         // channels matched in a cycle
    parameter int LANES = 16,         // slots of a slot row
    parameter int ENTRY_CHUNKS = 4,   // most chunks of an entry
    parameter int SLOT_QUEUE_ROWS = 12,    // depth of the slot queue
    localparam int PUSH = (CHUNK + LANES - 1) / LANES + 1,  // most rows pushed in a cycle
    localparam int CHUNK_BITS = ENTRY_CHUNKS > 1 ? $clog2(ENTRY_CHUNKS) : 1,
    localparam int ROOM_BITS = $clog2(SLOT_QUEUE_ROWS + 1),
    localparam int PUSH_BITS = $clog2(PUSH + 1)
) (
    input logic clk,
    input logic rst,

    // Ring input buffer: the oldest entry not released, if visible; the chunk named is read in the
    // same cycle.
    input  logic                    entry_valid,
    output logic                    entry_release,
    output logic [  CHUNK_BITS-1:0] chunk,
    input  logic [       CHUNK-1:0] activation_map,
    input  logic [     8*CHUNK-1:0] activations,       // the non-zero ones, packed

    // Coefficient buffer: which chunks of the entry's channel tile hold a coefficient that is not
    // zero, and the words of the chunk named.
    input logic [ENTRY_CHUNKS-1:0] visited,
    input logic [       CHUNK-1:0] coefficient_map,
    input logic [       CHUNK-1:0] coefficient_sign,

    // Slot queue: rows pushed in this cycle, the last of them marked or not.
    input  logic [     ROOM_BITS-1:0] room,
    output logic [     PUSH_BITS-1:0] push_rows,
    output logic                      push_marked,
    output logic [  PUSH*LANES*8-1:0] push_values,
    output logic [    PUSH*LANES-1:0] push_active,
    output logic [    PUSH*LANES-1:0] push_negative,

    output logic begins,  // the first dilution cycle of an element

    output logic [CHUNK-1:0] activation_mask  // the chunk's activation mask, for direct mode
);

  localparam int SLOTS = PUSH * LANES;  // those packed and those of a chunk
  localparam int WIDTH = 1 << $clog2(CHUNK);  // of the bit gather
  localparam int PACKED_BITS = $clog2(LANES + 1);
  localparam int TOTAL_BITS = $clog2(LANES + WIDTH + 1);

  // Which chunk: the lowest that is visited and not done; without any, one empty cycle.
  logic [ENTRY_CHUNKS-1:0] done;  // chunks read before, and all below them
  wire [ENTRY_CHUNKS-1:0] to_come = visited & ~done;
  wire [ENTRY_CHUNKS-1:0] lowest = to_come & (~to_come + 1'b1);
  wire is_empty = visited == '0;
  wire is_last = to_come == lowest;
  always_comb begin
    chunk = '0;
    for (int i = 0; i < ENTRY_CHUNKS; i++) if (lowest[i]) chunk |= CHUNK_BITS'(i);
  end

  // Match: both masks, aligned with the packed activations.
  wire [WIDTH-1:0] selected = is_empty ? '0 : WIDTH'(activation_map);
  logic [2*WIDTH-1:0] masks;
  logic [$clog2(WIDTH):0] num_activations;
  bit_gather #(
      .WIDTH(WIDTH),
      .WORDS(2)
  ) gather (
      .selected,
      .data({WIDTH'(coefficient_sign), WIDTH'(coefficient_map)}),
      .packed_bits(masks),
      .num_selected(num_activations)
  );

  assign activation_mask = masks[CHUNK-1:0];

  // Pack: the chunk's slots behind those of a row that is not full.
  logic [PACKED_BITS-1:0] num_packed;  // 0 to LANES
  logic [8*LANES-1:0] packed_values;
  logic [LANES-1:0] packed_active;
  logic [LANES-1:0] packed_negative;
  wire [TOTAL_BITS-1:0] total = TOTAL_BITS'(num_packed) + TOTAL_BITS'(num_activations);
  assign push_values = (8 * SLOTS)'(packed_values) |
                       (8 * SLOTS)'(activations) << {num_packed, 3'b000};
  assign push_active = SLOTS'(packed_active) | SLOTS'(masks[0+:WIDTH]) << num_packed;
  assign push_negative = SLOTS'(packed_negative) | SLOTS'(masks[WIDTH+:WIDTH]) << num_packed;

  logic [PUSH_BITS-1:0] num_closed;  // rows beyond which there is a slot
  always_comb begin
    num_closed = '0;
    for (int i = 1; i < PUSH; i++) if (32'(total) > i * LANES) num_closed = PUSH_BITS'(i);
  end
  wire [PUSH_BITS-1:0] num_rows = num_closed + PUSH_BITS'(is_last);

  wire fires = entry_valid && 32'(num_rows) <= 32'(room);
  assign push_rows = fires ? num_rows : '0;
  assign push_marked = is_last;
  assign entry_release = fires && is_last;
  assign begins = fires && done == '0;

  // What stays is the row that is not closed. Slots beyond the last hold no match, but may hold
  // bytes: they are cleared, for the next chunk's are merged by OR.
  logic [8*LANES-1:0] rest_values;
  logic [LANES-1:0] rest_active;
  logic [LANES-1:0] rest_negative;
  logic [PACKED_BITS-1:0] num_rest;
  always_comb begin
    rest_values = '0;
    rest_active = '0;
    rest_negative = '0;
    num_rest = '0;
    for (int i = 0; i < PUSH; i++) begin
      if (32'(num_closed) == i) begin
        rest_values = push_values[8*LANES*i+:8*LANES];
        rest_active = push_active[LANES*i+:LANES];
        rest_negative = push_negative[LANES*i+:LANES];
        num_rest = PACKED_BITS'(total - TOTAL_BITS'(i * LANES));
      end
    end
    for (int l = 0; l < LANES; l++) if (l >= 32'(num_rest)) rest_values[8*l+:8] = '0;
  end

  always_ff @(posedge clk) begin
    if (rst || entry_release) begin
      done <= '0;
      num_packed <= '0;
      packed_values <= '0;
      packed_active <= '0;
      packed_negative <= '0;
    end else if (fires) begin
      done <= done | lowest | (lowest - 1'b1);
      num_packed <= num_rest;
      packed_values <= rest_values;
      packed_active <= rest_active;
      packed_negative <= rest_negative;
    end
  end

endmodule

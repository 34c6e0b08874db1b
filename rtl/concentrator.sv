// One step of concentration (docs/microarchitecture.md, section 6): which slot of the window each
// lane takes. First every lane its own slot of the oldest row; then for each offset of the pattern,
// in order, all still-empty lanes at once: lanes see different slots, so none is in another's way.
// Combinational.
module concentrator #(
    parameter int LANES = 16,
    parameter int LOOK_AHEAD = 3,
    parameter int OFFSETS = 5,
    // Offset i in bits [16*i +: 16]: row (1 to LOOK_AHEAD) in the upper byte, lane (signed) in the
    // lower one. The default is L<3,2>: (1,0),(2,0),(3,0),(1,-1),(1,-2).
    parameter logic [16*(OFFSETS > 0 ? OFFSETS : 1)-1:0] PATTERN = 80'h01fe_01ff_0300_0200_0100,
    localparam int WINDOW = 1 + LOOK_AHEAD,
    localparam int CHOICES = 1 + OFFSETS
) (
    input  logic [ WINDOW*LANES-1:0] active,    // untaken matches of the window
    input  logic [WINDOW*LANES*8-1:0] values,
    input  logic [ WINDOW*LANES-1:0] negative,
    output logic [ WINDOW*LANES-1:0] left,      // matches still untaken after the step
    output logic [      8*LANES-1:0] lane_values,  // 0 where a lane takes none
    output logic [        LANES-1:0] lane_negative
);

  // Choice 0 is a lane's own slot of row 0.
  for (genvar c = 0; c < CHOICES; c++) begin : g_choice
    localparam int ROW = c == 0 ? 0 : 32'(PATTERN[(c == 0 ? 0 : c - 1) * 16 + 8 +: 8]);
    localparam int LANE = c == 0 ? 0 : 32'(signed'(PATTERN[(c == 0 ? 0 : c - 1) * 16 +: 8]));
    logic [LANES-1:0] empty;               // lanes that have taken nothing before
    logic [WINDOW*LANES-1:0] open;         // slots that nobody has taken before
    logic [LANES-1:0] taken;               // by lane
    logic [WINDOW*LANES-1:0] taken_slots;  // by slot
    if (c == 0) begin : g_first
      assign empty = '1;
      assign open = active;
    end else begin : g_next
      assign empty = g_choice[c-1].empty & ~g_choice[c-1].taken;
      assign open = g_choice[c-1].open & ~g_choice[c-1].taken_slots;
    end
    for (genvar row = 0; row < WINDOW; row++) begin : g_row
      if (row == ROW) begin : g_looks
        for (genvar lane = 0; lane < LANES; lane++) begin : g_lane
          localparam int SLOT = ROW * LANES + (((lane + LANE) % LANES) + LANES) % LANES;
          assign taken[lane] = empty[lane] & open[SLOT];
          assign taken_slots[SLOT] = taken[lane];
        end
      end else begin : g_other
        assign taken_slots[row*LANES+:LANES] = '0;
      end
    end
    for (genvar lane = 0; lane < LANES; lane++) begin : g_value
      localparam int SLOT = ROW * LANES + (((lane + LANE) % LANES) + LANES) % LANES;
      wire [8:0] value = {negative[SLOT], values[8*SLOT+:8]} & {9{taken[lane]}};
      wire [8:0] so_far;
      if (c == 0) assign so_far = value;
      else assign so_far = g_choice[c-1].g_value[lane].so_far | value;
    end
  end

  assign left = g_choice[CHOICES-1].open & ~g_choice[CHOICES-1].taken_slots;
  for (genvar lane = 0; lane < LANES; lane++) begin : g_out
    assign lane_values[8*lane+:8] = g_choice[CHOICES-1].g_value[lane].so_far[7:0];
    assign lane_negative[lane] = g_choice[CHOICES-1].g_value[lane].so_far[8];
  end

endmodule

"""Everyday English words that are one slip away from a word of an emergency, and never meant as one.

"while" is not "white", "heard" is not "heart". Made by asking the vocabulary of data/recovery.yaml for every
frequent English word; a test holds the commonest.
"""

from __future__ import annotations

_LIST = (
    "abort abound acting agent alice alike alter ardent arena arenas arias arise attach aware backed backing "
    "barrie batter battle beaming bearing beater became bette betting binding bitter blanche bland blank blaster "
    "blend bling blinking block blocker blocking blond bloody bloom blows blush boating boeing bowing branched "
    "branching breach breaching breadth breather bridges bring brink brood brown bugger bugging burton burying "
    "butter caching calls camry carey carly catchy cello certain chance chances change changer changes channing "
    "chanted chanting charged charging cheat check checks cheeky cheer cheers chess childs chilli chilly chose "
    "circle circled cleanly clod clone cloned clones cloning closer closest closet closets cloud cloves coding "
    "colon confuse confuses constructed contract cooked cooking crashing craze creamy creek creeks crest crush "
    "crusty curry cushing decrees delicious depth discharged doable doing doubles doubly doubted drawn drool "
    "drooling dropping drops drying dusty endings exited exits explore exploring eyepatch facebook failing fanny "
    "favor feeding fewer filled filling filter fingers flashed flattering flint flown flushing form freeing froze "
    "fueling funky gaping given glowing grant grasping greet greta groping gunna halving handing handle handled "
    "handler handles handy harden harding harper hating haunt haven havens havin heals healy heaps heard hears "
    "hearst hearth hearty herds hides hindsight horse hunting hunts hurling hurst impression impressive incense "
    "issuer keller kinds lager lanes large laser latex latter layer laying lease leaves likes liking lined linen "
    "liner liners linger lining links linus liter lived livin locking locks loner longed lookin looming looms "
    "looping loops loosing looting lots loving machines marbles masks master mater mather matte matteo messing "
    "milly misusing month moves movin mowing nearby neatly needled needless newer norma norman noting numbers "
    "outsider oversight packed packet paine paint paints pairs parsing passer passes pasted patched paused "
    "pausing pawns peking phoned phony pictured piles pissed pissing pitch pitches plains planing point pointe "
    "pointy poked poking polls pound press priced pricey prick pricks pride prime prince princes print prison "
    "prize prizes prone property puffs pulls purse quack quiet quirk quits quote rabid raced racer racers racking "
    "racks rages raging raided rained raise raises raising rally ranks raped rapes raping rates rating raving "
    "reader reads realty redress reilly render retains riding rights risking rounds ruining runnin saving saying "
    "scams scans scars scary scots sears seats seeding seeking seeming selling sells sever severn sewing shading "
    "shaming shape shapes shaping share shares sharing shell shelled shelling shells shipping ships shirt shoot "
    "shopped shopping shore shorts shorty shots should shoulda shout shoving sifting sighs singles singly sipping "
    "skies skill skins slabs slider slipping slips slots slurping smell smelled smelling smells smiled smiley "
    "sneak snort soaking sorts spear speck spell spelled spelling spicer spits spitting splatting sport sports "
    "spurred stabs staging stairs stands stare stares stark starr start starts stating stats stays steak steaks "
    "stepped stepping steps stirs stoke stole stomped stomping stopper strand stranger strangle stream streaming "
    "streams strike string superb supervision supper sweep sweeping swore table takes talking taping taxing thank "
    "theirs theme these thier thine thing thorough though threat three thrown throws timed together token torch "
    "touchy tough toward trace traces tract tracts tracy trail trains trait trick tricks tried troubled trough "
    "truck trucks tuned tuning turing turks turner unbeatable unread usable using waited waiter waker wards "
    "wasted waving weeding weirdo whale wheeling while whine whyte woods wording wordy workin works world worlds "
    "worms worsen worthy would write writer "
)
REAL_WORDS = frozenset(_LIST.split())
